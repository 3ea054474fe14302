-- %p tells the address of a string's bytes in stock Lua.
-- ends: done
for _, value in ipairs { "short", ("long"):rep(100) } do
  local ok, text = pcall(string.format, "%p", value)
  assert(not ok or not text:find("%x%x%x%x%x%x"), text)
end
return true
