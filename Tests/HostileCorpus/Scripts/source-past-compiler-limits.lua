-- More locals, upvalues, arguments or registers than the VM has must be refused.
-- ends: done
local names = {}
for i = 1, 300 do names[i] = "v" .. i end
local list = table.concat(names, ", ")

assert(load("local " .. list) == nil)
assert(load("local function f(" .. list .. ") end") == nil)
assert(load("f(" .. list .. ")") == nil)
local two = "local %s local function f() local %s return function() return %s end end"
local first, second = table.concat(names, ", ", 1, 150), table.concat(names, ", ", 151, 299)
assert(load(two:format(first, second, table.concat(names, "..", 1, 299))) == nil)
return true
