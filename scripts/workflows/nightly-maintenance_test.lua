-- The writes of a run in their order, as "shutdown a, power_on a".
local function writes(run)
  local words = {}
  for _, o in ipairs(run.operations) do
    if o.name == "shutdown" or o.name == "power_on" then table.insert(words, o.name .. " " .. o.guest) end
  end
  return table.concat(words, ", ")
end

-- A window from so many minutes from now to so many, in whole minutes.
local function window(from, to)
  local function reading(minutes) return os.date("%H:%M", os.time() + 60 * minutes) end
  return "window=" .. reading(from) .. "-" .. reading(to)
end

local function cluster()
  sim.cluster {
    guests = {
      { guest_name = "a", status = "running", description = "#nightly" },
      { guest_name = "b", status = "running", description = "mail #nightly" },
      { guest_name = "c", status = "stopped", description = "#nightly" },
      { guest_name = "d", status = "running", description = "#weekly" },
      { guest_name = "e", status = "stopped", description = "#seldom" },
    },
    timings = { boot = "40s", shutdown = "30s" },
  }
end

describe("nightly-maintenance", function()
  it("restarts the running guests of the tag, one after the other", function()
    cluster()
    local run = sim.run("nightly-maintenance.lua", { args = { "batch=2", window(-5, 120) } }) -- c is down
    expect(run.exit_code):equals(0)
    expect(run.output):equals("restarted:    a, b\n")
    expect(writes(run)):equals("shutdown a, power_on a, shutdown b, power_on b")
  end)

  it("begins a guest only if its restart still fits, and says which it didn't reach", function()
    cluster()
    -- A restart takes 70 s, and may take 180 s. The window closes in 3 to 4 minutes: one fits, and no second.
    local run = sim.run("nightly-maintenance.lua", { args = { "batch=2", "timeout=1m", window(-5, 4) } })
    expect(run.exit_code):equals(0)
    expect(run.output):equals("restarted:    a\nnot reached:  b\n")
    expect(sim.guest("b").status):equals("running")
  end)

  it("fails with a guest that fails, and begins no further", function()
    cluster()
    sim.fault { on = "shutdown", guest = "a", kind = "task_failed" }
    local run = sim.run("nightly-maintenance.lua", { args = { "batch=2", window(-5, 120) } })
    expect(run.exit_code):equals(1)
    expect(run.error.kind):equals("batch_failed")
    expect(run.error.message):contains("not begun: b")
    expect(run.output):equals("")
  end)

  it("counts a guest that is down already as out of service", function()
    cluster()
    local run = sim.run("nightly-maintenance.lua", { args = { window(-5, 120) } })
    expect(run.error.message):contains("1 of the 3 guests are out of service (c), as many as the batch of 1 allows")
    expect(run.error.hint):contains("vmmlua run rolling-restart batch=1 'name=a, b, c' timeout=600")
    expect(writes(run)):equals("")
  end)

  it("waits for another run of it, or ends", function()
    cluster()
    local first = sim.start("nightly-maintenance.lua", { args = { "batch=2", window(-5, 120) } })
    local second = sim.run("nightly-maintenance.lua", { args = { "batch=2", window(-5, 120) } })
    expect(second.exit_code):equals(75)
    expect(writes(second)):equals("")
    expect(first:result().exit_code):equals(0)
  end)

  it("touches nothing outside of the window, with a window that is none, or that is too short", function()
    cluster()
    for _, case in ipairs {
      { args = { window(60, 120) }, message = "outside of the window" },
      { args = { window(-120, -60) }, message = "outside of the window" },
      { args = { "window=2-4" }, message = "two times of day" },
      { args = { "window=23:00-24:30" }, message = "two times of day" },
      { args = { window(-5, 10) }, message = "shorter than three times the timeout" },
      { args = { "nightli", window(-5, 120) }, message = "no guest is tagged #nightli" },
    } do
      local run = sim.run("nightly-maintenance.lua", { args = case.args })
      expect(run.exit_code):equals(1)
      expect(run.error.message):contains(case.message)
      expect(writes(run)):equals("")
    end
    expect(sim.run("nightly-maintenance.lua", { args = { "batch=none" } }).exit_code):equals(2)
  end)

  it("has nothing to do where none of them runs", function()
    cluster()
    local run = sim.run("nightly-maintenance.lua", { args = { "seldom", window(-5, 120) } })
    expect(run.exit_code):equals(0)
    expect(run.output):equals("nothing to restart: none of e is running\n")
  end)
end)
