-- A backward goto leaves a block with a closing variable, and opens it again, for ever.
-- ends: cpu
local guard = setmetatable({}, { __close = function() end })

::again::
do
  local scope <close> = guard
  goto again
end
