-- The callback of gsub calls gsub, until the C stack is used up.
-- ends: error
local function replace(text)
  return (text:gsub(".", replace))
end
return replace("x")
