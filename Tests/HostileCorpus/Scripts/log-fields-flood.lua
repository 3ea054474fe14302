-- A short message with a field larger than all output allowed.
-- ends: output
log.info("short", { details = ("x"):rep(200000) })
return true
