-- Log entries without end, in turn at all levels.
-- ends: output
while true do
  log.debug("flood of the first kind")
  log.info("flood of the second kind")
  log.warn("flood of the third kind")
  log.error("flood of the fourth kind")
end
