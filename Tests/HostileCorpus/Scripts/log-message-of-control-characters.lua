-- A log message of megabytes, each byte of which has to be escaped.
-- ends: error
log.info(("\1"):rep(4000000))
