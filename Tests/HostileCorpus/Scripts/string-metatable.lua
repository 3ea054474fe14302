-- The metatable of all strings is out of reach, and methods that a script overwrites are the script's own alone.
-- ends: done
assert(getmetatable("") == false)
assert(not pcall(setmetatable, "", {}))
assert(not pcall(function() getmetatable("").__index = {} end))
string.upper = function() return "forged" end
assert(("x"):upper() == "forged")
assert(vmm.list{ name = "web-*" }[1].guest_name == "web-1")
return true
