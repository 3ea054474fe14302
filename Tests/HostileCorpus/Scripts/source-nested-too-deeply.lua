-- Sources that nest anything thousands deep must be refused, and not use up the parser's stack.
-- ends: done
local expressions = { "(", "{", "- ", "not ", "#", "a..", "2^", "f(", "f{", "a[", "a(function() return " }
local statements = { "do ", "while a do ", "repeat ", "if a then ", "for i = 1, 2 do ", "local function f() " }

for _, opening in ipairs(expressions) do
  assert(load("return " .. opening:rep(10000)) == nil, opening)
end
for _, opening in ipairs(statements) do
  assert(load(opening:rep(10000)) == nil, opening)
end
return true
