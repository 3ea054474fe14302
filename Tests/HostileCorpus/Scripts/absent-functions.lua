-- What reaches files, processes or the VM's inside is not there.
-- ends: done
for _, name in ipairs { "io", "debug", "package", "dofile", "loadfile", "newproxy", "loadstring", "setfenv" } do
  assert(_G[name] == nil, name)
end
for _, name in ipairs { "execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname" } do
  assert(os[name] == nil, name)
end
assert(string.dump == nil and ("x").dump == nil)
return true
