-- The fields of a log entry contain themselves.
-- ends: error
local fields = { name = "web-1" }
fields.fields = fields
log.info("cyclic", fields)
