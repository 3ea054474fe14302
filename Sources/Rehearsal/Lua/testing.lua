-- What a test file sees beside a script's own functions: describe, it, expect and sim.
--
-- The file runs once for each of its tests, and in such a run only that test's function is called. So tests share
-- nothing: neither globals nor guests nor the clock.

local G = script_globals
local check, raise, message_of, sim_host = host.check, host.raise, host.message_of, host.sim
local check_kinds, kind_of, error_text, rawget = host.check_kinds, host.kind_of, error_text, rawget
local error, ipairs, pairs, pcall, rawlen, setmetatable = error, ipairs, pairs, pcall, rawlen, setmetatable
local concat, find, format, gsub, sub = table.concat, string.find, string.format, string.gsub, string.sub
local next, tostring, type = next, tostring, type

-- MARK: Tests

local wanted = sim_host.wanted() -- the id of the test to run; nil where they are only listed
local outer = { id = "", count = 0 }
local is_testing = false
local forgiving = 0 -- expectations that are expected to fail, as by expect(fn):raises(), don't fail the test

-- Notes what fails the test, whoever catches it: a file that catches what its tests raise must not make them pass.
local function note_failure(problem)
  if forgiving == 0 then sim_host.failed(sub(error_text(problem), 1, 65536)) end
end

local watching = { __close = function(_, problem) if problem ~= nil then note_failure(problem) end end }

-- Calls what a describe or an it was given; its error goes on, with its traceback.
local function perform(fn)
  local watch <close> = setmetatable({}, watching)
  fn()
end

local function begin(what, name)
  if is_testing then raise(what .. ": a test can't hold another: it has begun already") end
  outer.count = outer.count + 1
  return { id = outer.id .. outer.count .. ".", name = outer.name and outer.name .. ": " .. name or name, count = 0 }
end

--: describe(name: string, fn: function)
--: Groups tests: fn calls it, and describe, for each of them. What else it does, it does before each test.
--: example: describe("restart", function() it("restarts", function() sim.run("restart.lua") end) end)
function G.describe(name, fn)
  check("describe", name, fn)
  local inner = begin("describe", name)
  if wanted and sub(wanted, 1, #inner.id) ~= inner.id then return end
  local before <close> = setmetatable({ outer }, { __close = function(self) outer = self[1] end }) -- a file may catch its errors
  outer = inner
  perform(fn)
end

--: it(name: string, fn: function)
--: A test: it passes if fn returns and no expectation in it failed. It has a cluster and a clock of its own.
--: example: it("prints", function() expect(sim.run("hello.lua").output):equals("hello\n") end)
function G.it(name, fn)
  check("it", name, fn)
  local test = begin("it", name)
  if not wanted then return sim_host.declare(test.id, test.name) end
  if test.id ~= wanted then return end
  is_testing = true
  local testing <close> = setmetatable({}, { __close = function() is_testing = false end })
  sim_host.begin()
  perform(fn)
end

-- MARK: Values in words

local function key_text(key)
  if type(key) == "string" and find(key, "^[%a_][%w_]*$") then return key end
  return "[" .. (type(key) == "string" and format("%q", key) or tostring(key)) .. "]"
end

local function show(value, depth)
  if type(value) == "string" then
    local text = #value > 2000 and sub(value, 1, 2000) .. "..." or value
    return (gsub(format("%q", text), "\\\n", "\\n"))
  end
  if type(value) ~= "table" then return tostring(value) end
  depth = depth or 0
  if next(value) == nil then return "{}" end
  if depth == 3 then return "{...}" end
  local parts = {}
  local count = rawlen(value)
  for key, element in pairs(value) do
    if #parts == 20 then
      parts[#parts + 1] = "..."
      break
    end
    local is_element = type(key) == "number" and key >= 1 and key <= count
    parts[#parts + 1] = (is_element and "" or key_text(key) .. " = ") .. show(element, depth + 1)
  end
  return "{ " .. concat(parts, ", ") .. " }"
end

-- A field that may not be there, where asking for such a one is an error too.
local function field(table, key)
  local value = rawget(table, key)
  if value ~= nil then return value end
  local ok, found = pcall(function() return table[key] end)
  if ok then return found end
end

-- Adds a line to `lines` for each place in which two values differ; `seen` holds the pairs that are being compared.
local function compare(got, expected, path, lines, seen)
  if got == expected then return lines end
  if type(got) ~= "table" or type(expected) ~= "table" then
    lines[#lines + 1] = format("%sexpected %s, got %s", path == "" and "" or path .. ": ", show(expected), show(got))
    return lines
  end
  if seen[got] == expected then return lines end
  seen[got] = expected
  local function visit(key)
    local name = key_text(key)
    if sub(name, 1, 1) ~= "[" and path ~= "" then name = "." .. name end
    compare(field(got, key), field(expected, key), path .. name, lines, seen)
  end
  for key in pairs(expected) do visit(key) end
  for key in pairs(got) do
    if field(expected, key) == nil then visit(key) end
  end
  return lines
end

local function differences(got, expected) return compare(got, expected, "", {}, {}) end

-- MARK: Expectations

local expectation = {}
local metatable = { __index = expectation, __name = "expectation", __metatable = false }

-- The place is that of the script's call of an expectation's method.
local function fail(text)
  local _, problem = pcall(error, text, 4)
  note_failure(problem)
  error(problem, 0)
end

--: expect(value: any) -> expectation
--: Begins a statement of what is expected; each of its methods fails the test where that doesn't hold.
--: example: expect(run.exit_code):equals(0)
function G.expect(value) return setmetatable({ value = value }, metatable) end

--: expectation:equals(expected: any)
--: The same value; of tables, the same keys with equal values.
--: example: expect(vmm.list():names()):equals{ "db-1", "web-1" }
function expectation:equals(expected)
  sim_host.expected()
  local lines = differences(self.value, expected)
  if #lines == 0 then return end
  if type(self.value) ~= "table" or type(expected) ~= "table" then fail(lines[1]) end
  local shown = { "the tables differ" }
  for place = 1, #lines <= 8 and #lines or 8 do shown[#shown + 1] = lines[place] end
  if #lines > 8 then shown[#shown + 1] = format("and %d more", #lines - 8) end
  fail(concat(shown, "\n"))
end

--: expectation:matches(pattern: string)
--: A string that the Lua pattern fits.
--: example: expect(run.output):matches("^restarted: +web")
function expectation:matches(pattern)
  check("expectation:matches", pattern)
  sim_host.expected()
  local value = self.value
  if type(value) ~= "string" or not find(value, pattern) then
    fail("expected a string that matches " .. show(pattern) .. ", got " .. show(value))
  end
end

--: expectation:contains(value: any)
--: A string with that text in it, or an array with that element.
--: example: expect(run.output):contains("web-1")
function expectation:contains(wanted)
  sim_host.expected()
  local value = self.value
  if type(value) == "string" and type(wanted) == "string" then
    if find(value, wanted, 1, true) then return end
  elseif type(value) == "table" then
    for _, element in ipairs(value) do
      if #differences(element, wanted) == 0 then return end
    end
  end
  fail("expected something that contains " .. show(wanted) .. ", got " .. show(value))
end

--: expectation:raises(kind?: string) -> the error
--: A function that raises an error, of that kind; a plain error() is of the kind "script".
--: example: expect(function() vmm.get("nobody") end):raises("not_found")
function expectation:raises(kind)
  check("expectation:raises", kind)
  check_kinds("expectation:raises", { kind })
  if type(self.value) ~= "function" then raise("expectation:raises: expect(...) must be given a function") end
  sim_host.expected()
  forgiving = forgiving + 1
  local ok, problem = pcall(self.value)
  forgiving = forgiving - 1
  local expected = "expected an error" .. (kind and " of kind " .. kind or "")
  if ok then fail(expected .. ", but none was raised") end
  local got = kind_of(problem)
  if kind and got ~= kind then
    fail(expected .. ", got " .. tostring(got) .. ": " .. message_of(problem))
  end
  return problem
end

-- MARK: The simulation

local sim = {}
G.sim = sim

local prober -- what sim.probe was given

--: sim.cluster({guests: list, hosts: list, timings: table})
--: Takes these guests in place of those that there are. guests: {guest_name=, status=, vcpu_num=, vram_size=, description=,
--: autorun=, host_name=, storage_size=}; hosts: {host_name=, vcpu_num=, vram_size=}; timings: {boot=, shutdown=, power_off=,
--: forced_power_off=, stop_timeout=}. What was injected by sim.fault goes for them too.
--: example: sim.cluster{ guests = { { guest_name = "web-1", status = "running" } }, timings = { boot = "30s" } }
function sim.cluster(description)
  check("sim.cluster", description)
  sim_host.cluster(description or {})
end

--: sim.guest(guest: guest) -> guest
--: A guest as it is now; faults don't concern it.
--: errors: not_found ambiguous
--: example: expect(sim.guest("web-1").status):equals("running")
function sim.guest(ref)
  check("sim.guest", ref)
  return G.vmm.get(ref)
end

--: sim.fault({on: string, guest: string = "*", kind: string, count: integer, probability: number, at: duration})
--: Lets calls of `on` (list, get, power_on, shutdown, power_off, set, delete) fail with an error of that kind. `count` is how
--: often at most, `probability` how likely each time, `at` how long after the test's begin it starts. task_failed has the call
--: succeed and its task fail. Without `on`: ignores_shutdown, boot_failure, and crashes (`at` after each boot).
--: example: sim.fault{ on = "shutdown", guest = "web-*", kind = "busy", count = 1 }
function sim.fault(fault)
  check("sim.fault", fault)
  sim_host.fault(fault or {})
end

--: sim.probe(fn: function)
--: Has fn(kind, target) say whether something answers: ("tcp", "web-1:443") or ("http", "http://web-1/ok"). Its second result
--: is the reason where it doesn't. Without it everything answers.
--: example: sim.probe(function(kind, target) return sim.guest("web-1").status == "running" end)
function sim.probe(fn)
  check("sim.probe", fn)
  prober = fn
end

local approval = true -- what sim.approve was given

--: sim.approve(given: boolean)
--: Answers what scripts ask by flow.approve from now on. Without it all is approved.
--: example: sim.approve(false)
function sim.approve(given)
  check("sim.approve", given)
  approval = given
end

-- What the test says to a question of a script's: yes or no, and why.
local function answer(question)
  if question.approval then return approval end
  if not prober then return true end
  return prober(question.probe, question.target)
end

-- Lets the scripts go on until the goal is reached, and answers what they ask meanwhile.
local function proceed(goal)
  while true do
    local news = sim_host.proceed(goal)
    if not news or not (news.probe or news.approval) then return news end
    local ok, yes, reason = pcall(answer, news)
    sim_host.answer(ok and yes and true or false, reason ~= nil and tostring(reason) or nil)
    if not ok then error(yes, 0) end
  end
end

local run = {}
local run_metatable = { __index = run, __name = "run", __metatable = false }
local error_metatable = { __tostring = function(e) return e.message end, __name = "error", __metatable = false }
local started = setmetatable({}, { __mode = "k" }) -- run -> { number =, outcome = }

local function start(name, script, options)
  if type(script) == "table" then script, options = nil, script end
  check(name, script, options)
  local handle = setmetatable({}, run_metatable)
  started[handle] = { number = sim_host.start(name, script, options or {}) }
  return handle
end

--: sim.run(script: any, {args: list, allow: list, deny: list, source: string}) -> {ok, error, output, operations, elapsed, exit_code}
--: Runs a script over the test's guests, in a sandbox of its own, while time jumps to the next event. The script is a file
--: beside the test, a shipped workflow, or source. It is allowed vmm.* unless told. operations has one {name, guest, at, task, ok}
--: for each call that waits.
--: errors: not_found
--: example: local run = sim.run("restart.lua", { args = { "web-*", "batch=2" }, deny = { "vmm.*:fw-*" } })
function sim.run(script, options) return start("sim.run", script, options):result() end

--: sim.start(script: any, {args: list, allow: list, deny: list, source: string}) -> run
--: Starts a script as sim.run does and returns once it waits. It goes on while the test waits, by sim.advance above all.
--: errors: not_found
--: example: local run = sim.start("restart.lua", { args = { "web-*" } })
function sim.start(script, options)
  local handle = start("sim.start", script, options)
  proceed { time = sim_host.time_after(0) }
  return handle
end

--: sim.advance(time: duration)
--: Lets time pass; what is due by then has happened when it returns.
--: example: sim.advance("30s")
function sim.advance(time)
  check("sim.advance", time)
  proceed { time = sim_host.time_after(time) }
end

--: run:result() -> {ok, error, output, operations, elapsed, exit_code}
--: Lets time pass until the script ends, and tells how it went, as sim.run does.
--: example: local result = sim.start("restart.lua"):result()
function run:result()
  local state = started[self] or raise("run:result: not called on a run of sim.start")
  if not state.outcome then
    state.outcome = proceed { run = state.number }
    if state.outcome.error then setmetatable(state.outcome.error, error_metatable) end
  end
  return state.outcome
end
