-- A tail call passes one argument more each time, so that every call copies all of them.
-- ends: cpu
local function grow(...)
  return grow(1, ...)
end

grow()
