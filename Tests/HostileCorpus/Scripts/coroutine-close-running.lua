-- A coroutine closes itself, and the stack it stands on with it.
-- ends: error
coroutine.wrap(function()
  coroutine.close(coroutine.running())
end)()
