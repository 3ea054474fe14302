-- No text that a script can get at may hold an address.
-- ends: done
local named = setmetatable({}, { __name = "thing" })
local co = coroutine.create(print)
local values = { {}, named, print, function() end, co, async.spawn(function() end), string.rep, vmm.list }
for _, value in ipairs(values) do
  local texts = { tostring(value), ("%s"):format(value) }
  local ok, pointer = pcall(string.format, "%p", value)
  if ok then texts[#texts + 1] = pointer end
  for _, text in ipairs(texts) do
    assert(not text:find("%x%x%x%x%x%x%x%x"), text)
  end
end
return true
