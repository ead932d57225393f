# The service. It creates sandboxes on the engine whose socket is mounted: see docker-compose.yml.

FROM debian:trixie-slim AS build
RUN apt-get update -qq && apt-get install -qqy --no-install-recommends npm
WORKDIR /app
# The certificates of a proxy that re-signs TLS, if the file exists. They are not part of the final image.
COPY package.json package-lock.json ca-certificates.cr[t] ./
ENV NODE_EXTRA_CA_CERTS=/app/ca-certificates.crt
RUN npm ci --no-audit --no-fund --ignore-scripts
# The Node that runs the service. Its major version is that of the node runtime.
RUN case "$(dpkg --print-architecture)" in amd64) arch=x64 ;; *) arch=arm64 ;; esac \
    && npm install --no-save --prefix /node --no-audit --no-fund "node-linux-$arch@26" \
    && cp "/node/node_modules/node-linux-$arch/bin/node" /node/node
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts scripts
RUN node_modules/.bin/tsc -p tsconfig.build.json && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM debian:trixie-slim
RUN apt-get update -qq && apt-get install -qqy --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /node/node /usr/local/bin/node
WORKDIR /app
COPY package.json ./
COPY runtimes runtimes
COPY sandbox-init sandbox-init
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
ENV NODE_ENV=production
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 8000}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
