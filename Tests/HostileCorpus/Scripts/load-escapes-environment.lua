-- Loaded code must not see more than the script itself.
-- ends: done
for _, name in ipairs { "io", "debug", "package", "dofile", "loadfile", "script_globals", "tasks", "host", "class" } do
  assert(load("return " .. name)() == nil, name)
  assert(load("return _G." .. name)() == nil, name)
end
assert(load("return _ENV")() == _G)
assert(load("return print", "chunk", "t", {})() == nil)
assert(not pcall(load("return print", "chunk", "t", nil)))
return true
