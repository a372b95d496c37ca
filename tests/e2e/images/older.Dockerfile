# The product's worker with another version of one library, as an image of last month has it.
ARG IMAGE
ARG BASE=python:3.13-slim-trixie
FROM ${BASE} AS package
RUN python -m pip install --quiet --no-deps --only-binary :all: --target /package xgboost-cpu==3.1.3

FROM ${IMAGE}
USER root
RUN rm -r /opt/venv/lib/python3.13/site-packages/xgboost*
COPY --from=package /package /opt/venv/lib/python3.13/site-packages
USER 10001:10001
