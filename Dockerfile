# The gateway and nothing else: compiled JavaScript, production packages, one directory of its own to write to.

# Debian, not Alpine: the encryption library has no build for musl.
FROM node:26-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install script is needed: the image brings Node, and native packages bring their binaries.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts

FROM node:26-trixie-slim
WORKDIR /app
# PORT makes the gateway listen on all of the container's addresses.
ENV NODE_ENV=production PORT=3000
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/config ./config
COPY --from=build /app/dist ./dist
# Sessions: the one thing to keep. By number, so that an orchestrator sees that this is not root.
RUN mkdir -m 700 data && chown 1000:1000 data
VOLUME ["/app/data"]
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/auth/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js", "serve"]
