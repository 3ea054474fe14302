-- A task yields past its base, to the scheduler.
-- ends: error
async.spawn(coroutine.yield, "out of here"):await()
