-- Tasks that run side by side. Every task ends before the one that spawned it.

local G = script_globals
local check, type, pcall, error, tostring, rawlen = host.check, type, pcall, error, tostring, rawlen
local ipairs, setmetatable, remove, pack, unpack = ipairs, setmetatable, table.remove, table.pack, table.unpack
local spawn, next_ended, make_group, reserve, signal = tasks.spawn, tasks.next, tasks.group, tasks.reserve, tasks.signal
local seconds, failure_of, raise, is_list = host.seconds, host.failure, host.raise, host.is_list

local async = G.async
local sleep = async.sleep

--: async.spawn(fn: function, ...) -> handle
--: Calls fn in a task of its own; handle:await() gives its results, handle:cancel() cancels it.
--: An error that nobody awaits is raised when the spawning task ends. handle.status is running, done, failed or cancelled.
--: example: local h = async.spawn(vmm.shutdown, "web-1"); h:await()
function async.spawn(fn, ...)
  check("async.spawn", fn)
  return spawn(0, 0, fn, ...)
end

--: handle:await() -> fn's results
--: Waits for a task and gives its results, or raises what ended it.
--: errors: cancelled deadlock
--: example: local task = async.spawn(vmm.shutdown, "web-1"):await()

--: handle:cancel()
--: Cancels a task: its current wait and each further one raise cancelled.
--: example: handle:cancel()

--: async.map(list: items, {limit: integer = 4}, fn: function) -> array of first results
--: Calls fn(item, index) for each element, up to `limit` at a time, and returns the first results in the list's order.
--: An array is taken as it is; a name, a pattern, a filter or a guest stands for guests.
--: The first error cancels the rest and is raised.
--: example: async.map("web-*", { limit = 2 }, function(g) return vmm.wait_task(vmm.shutdown(g)) end)
function async.map(list, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("async.map", list, options, fn)
  if type(list) == "string" or not is_list(list) then list = host.select("async.map", "argument 1 (list)", list) end
  local limit = options and options.limit or 4
  if limit < 1 then raise("async.map: option limit must be at least 1, not " .. tostring(limit)) end

  local group, count = make_group(), rawlen(list)
  local before = reserve(count) -- a task's path is the index in the list, whenever it starts
  local handles, results, running = {}, {}, 0
  local failure

  local function take()
    local index = next_ended(group) - before
    running = running - 1
    local ok, result = pcall(handles[index].await, handles[index])
    if ok then
      results[index] = result
    elseif not failure then
      failure = { error = result }
      for i = 1, count do
        if handles[i] then handles[i]:cancel() end
      end
    end
  end

  for index = 1, count do
    while running >= limit do take() end
    if failure then break end
    handles[index] = spawn(group, before + index, fn, list[index], index)
    running = running + 1
  end
  while running > 0 do take() end
  if failure then error(failure.error, 0) end
  return results
end

-- The functions of a list, each checked.
local function functions(name, list)
  check(name, list)
  for i = 1, rawlen(list) do
    if type(list[i]) ~= "function" then raise(name .. ": element " .. i .. " must be a function, not a " .. type(list[i])) end
  end
  return list
end

local function call(fn) return fn() end

--: async.all(functions: list) -> array of first results
--: Calls all functions at the same time and returns their first results in the list's order.
--: The first error cancels the rest and is raised.
--: example: local web, db = table.unpack(async.all{ function() return vmm.get("web-1") end, function() return vmm.get("db-1") end })
function async.all(list)
  functions("async.all", list)
  return async.map(list, { limit = rawlen(list) + 1 }, call)
end

-- Waits for the first of the group's `count` tasks for which `decides(handle)` is true; the others are cancelled, and have
-- ended when it returns.
local function race(group, handles, before, decides)
  local winner
  for _ = 1, #handles do
    local index = next_ended(group) - before
    if not winner and decides(index) then
      winner = index
      for i, handle in ipairs(handles) do
        if i ~= index then handle:cancel() end
      end
    end
  end
  return winner
end

--: async.any(functions: list) -> index, results of the first to succeed
--: Calls all functions at the same time; when the first succeeds, the others are cancelled. all_failed, with their errors in
--: `errors`, if none does.
--: errors: all_failed
--: example: local which = async.any{ function() vmm.wait_status("a", "running") end, function() vmm.wait_status("b", "running") end }
function async.any(list)
  functions("async.any", list)
  local group, count = make_group(), rawlen(list)
  local before = reserve(count)
  local handles, errors = {}, {}
  for i = 1, count do handles[i] = spawn(group, before + i, list[i]) end
  local results
  local winner = race(group, handles, before, function(index)
    local outcome = pack(pcall(handles[index].await, handles[index]))
    if outcome[1] then results = outcome else errors[index] = outcome[2] end
    return outcome[1]
  end)
  if winner then return winner, unpack(results, 2, results.n) end
  local failure = failure_of("all_failed", "async.any: " .. (count == 0 and "there is no function" or "none of " .. count .. " succeeded"))
  failure.errors = errors
  error(failure, 0)
end

--: async.timeout(time: duration, fn: function) -> fn's results
--: Calls fn; if it has not ended when the time is over, it is cancelled and `timeout` is raised.
--: errors: timeout
--: example: async.timeout("5m", function() vmm.wait_status("web-1", "running") end)
function async.timeout(time, fn)
  check("async.timeout", time, fn)
  local group = make_group()
  local before = reserve(2)
  local handles = { spawn(group, before + 1, fn), spawn(group, before + 2, sleep, time) }
  local first = race(group, handles, before, function() return true end)
  -- A sleep that failed was cancelled, as is whoever waits here.
  if first == 1 or handles[2].status ~= "done" then return handles[1]:await() end
  error(failure_of("timeout", "not done after " .. host.brief(seconds(time))), 0)
end

-- MARK: Semaphores

local semaphore = {}
local semaphore_metatable = { __index = semaphore, __name = "semaphore", __metatable = false }
local inside = setmetatable({}, { __mode = "k" }) -- semaphore -> { free =, queue = { {group=, granted=}, ... } }

--: async.semaphore(count: integer) -> semaphore
--: Lets so many tasks into s:with(fn) at a time; the others wait in the order in which they came.
--: example: local two_at_a_time = async.semaphore(2)
function async.semaphore(count)
  check("async.semaphore", count)
  if count < 1 then raise("async.semaphore: count must be at least 1, not " .. tostring(count)) end
  local s = setmetatable({}, semaphore_metatable)
  inside[s] = { free = count, queue = {} }
  return s
end

local function release(state)
  local first = remove(state.queue, 1)
  if first then
    first.granted = true
    signal(first.group)
  else
    state.free = state.free + 1
  end
end

-- A place in the queue is given up where its task doesn't come in.
local place_metatable = {
  __close = function(place)
    if place.is_inside then return end
    if place.granted then return release(place.state) end -- it was let in while it was being cancelled
    for i, other in ipairs(place.state.queue) do
      if other == place then return remove(place.state.queue, i) end
    end
  end,
}

local function acquire(state)
  if state.free > 0 then
    state.free = state.free - 1
    return
  end
  local place <close> = setmetatable({ state = state, group = make_group() }, place_metatable)
  state.queue[#state.queue + 1] = place
  next_ended(place.group)
  place.is_inside = true
end

local visit_metatable = { __close = function(visit) release(visit.state) end }

--: semaphore:with(fn: function) -> fn's results
--: Calls fn once no more than the semaphore's count are inside.
--: errors: deadlock
--: example: two_at_a_time:with(function() flow.restart(guest) end)
function semaphore:with(fn)
  check("semaphore:with", fn)
  local state = inside[self] or raise("semaphore:with: not called on a semaphore")
  acquire(state)
  local visit <close> = setmetatable({ state = state }, visit_metatable)
  return fn()
end
