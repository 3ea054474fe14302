-- Bytecode must not be loaded in any way, as it can crash the VM.
-- ends: done
local header = "\27LuaT\0\x19\x93\r\n\x1a\n\4\8\8"
for _, mode in ipairs { "b", "bt", "t", "x", "" } do
  local ok, chunk = pcall(load, header, "chunk", mode)
  assert(not ok or chunk == nil)
end
local pieces = { "\27", "Lua", "T" }
assert(load(function() return table.remove(pieces, 1) end) == nil)
assert(load(header) == nil)
assert(string.dump == nil and ("").dump == nil)
return true
