# A made-up next version of the product: messages that today's workers do not read, and a store that has one field more.
ARG IMAGE
FROM ${IMAGE}
USER root
COPY newer.py /tmp/
RUN python /tmp/newer.py /app && python -m compileall -q -f --invalidation-mode unchecked-hash /app && rm /tmp/newer.py
USER 10001:10001
