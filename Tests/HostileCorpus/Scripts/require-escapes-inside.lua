-- require is asked for a path that climbs out on its way.
-- ends: error
return require("modules/../../../etc/passwd")
