-- Thousands of arguments are declared, which the host would compare one with another.
-- ends: error
local declarations = {}
for i = 1, 5000 do declarations[i] = { "argument" .. i, default = "" } end
return script.args(declarations)
