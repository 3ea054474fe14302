-- A script that overwrites the functions of the libraries hurts itself alone.
-- ends: done
local assert, vmm = assert, vmm
local function spin()
  while true do end
end
for _, library in ipairs { string, table, math, utf8, coroutine } do
  for name in pairs(library) do rawset(library, name, spin) end
end
for _, name in ipairs { "ipairs", "next", "type", "select", "tostring", "rawlen", "pcall", "error" } do
  _G[name] = spin
end
pairs, setmetatable = spin, spin

local names = vmm.list({ name = "web-*" }):names()
assert(#names == 4 and names[1] == "web-1")
return true
