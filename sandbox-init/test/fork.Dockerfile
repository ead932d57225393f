# The image of the tests of the fork server: Python's, in that of the other tests. Context: runtimes/python.
ARG IMAGE
FROM ${IMAGE}
RUN apt-get update && apt-get install -y --no-install-recommends libpython3-dev && rm -rf /var/lib/apt/lists/*
COPY fork_server.c sitecustomize.py /fork/
WORKDIR /build
RUN rm -f /usr/lib/python3.13/sitecustomize.py && cp /fork/sitecustomize.py /usr/lib/python3.13/ \
 && make FORK_SOURCE=/fork/fork_server.c FORK_SERVER=/usr/lib/python3.13/_fork_server.abi3.so /usr/lib/python3.13/_fork_server.abi3.so
# What a copy gives up, left out one thing at a time.
RUN set -e; for part in FORK_CLOSE FORK_ENTER CELL_DROP CELL_FILTER; do mkdir /fork/without-$part; \
        make WITHOUT_CELL=$part FORK_SOURCE=/fork/fork_server.c FORK_SERVER=/fork/without-$part/_fork_server.abi3.so /fork/without-$part/_fork_server.abi3.so; done; \
    mkdir /fork/without-FILTER; \
    make NO_FILTER=1 FORK_SOURCE=/fork/fork_server.c FORK_SERVER=/fork/without-FILTER/_fork_server.abi3.so /fork/without-FILTER/_fork_server.abi3.so
WORKDIR /
