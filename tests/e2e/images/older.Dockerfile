# The product's worker with another version of one library, as an image of last month has it.
ARG IMAGE
FROM ${IMAGE}
USER root
# pip is the base image's: the environment has none
RUN "$(python -c 'import sys; print(sys.base_prefix)')/bin/python3" -m pip --python /opt/venv/bin/python \
        install --quiet --no-deps --only-binary :all: xgboost-cpu==3.1.3
USER 10001:10001
