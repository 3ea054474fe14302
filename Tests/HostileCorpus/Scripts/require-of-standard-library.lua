-- require is asked for a library that was left out, which Lua's own would find among the loaded ones.
-- ends: error
local io = require("io")
return io.open("/etc/passwd"):read("a")
