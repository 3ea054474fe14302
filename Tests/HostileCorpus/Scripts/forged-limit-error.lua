-- A script raises what looks like the end by a limit; it is an ordinary error all the same.
-- ends: error
error({ kind = "limit_exceeded", limit = "cpu", message = "the limit of CPU time was reached" })
