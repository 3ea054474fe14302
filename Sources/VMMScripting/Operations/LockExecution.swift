import VirtualMachines

/// Takes a lock, waiting for it where somebody else has it.
struct LockExecution: Sendable {
    /// How often it is seen whether the lock has become free.
    private static let interval = Duration.seconds(1)

    let name: String
    /// How long it is waited for; nil for as long as it takes.
    let patience: Duration?
    let table: any LockTable
    /// Whom others are told to wait for.
    let holder: String
    let clock: any RunClock

    /// Takes it, to be held by that number.
    ///
    /// Throws `bad_argument` where the run holds all that it may, `locked`, `cancelled`, and what the table does.
    func perform(_ number: Int, holdingIn held: HeldLocks) async throws(ScriptError) {
        if held.isFull {
            throw ScriptError(.badArgument, "flow.lock: this run holds \(HeldLocks.limit) locks, which is all it may")
        }
        let deadline = patience.map { clock.now + $0 }
        while true {
            switch try table.take(name.normalForm, for: holder) {
            case .taken(let release): return held.add(number, release: release)
            case .held(let other):
                let now = clock.now
                if let deadline, now >= deadline { throw refusal(other) }
                let next = now + Self.interval
                do {
                    try await clock.sleep(until: min(next, deadline ?? next))
                } catch {
                    throw ScriptError(any: error)
                }
            }
        }
    }

    private func refusal(_ other: String) -> ScriptError {
        let waited = patience == .zero ? "" : " and was not given back within \((patience ?? .zero).brief)"
        let hint = patience == .zero ? "let it wait, as with wait = \"10m\", or run it again later" : nil
        return ScriptError(.locked, "the lock '\(name)' is held by \(other)\(waited)", hint: hint)
    }
}
