import LuaRuntime
import VMMScripting
import VirtualMachines

/// How a script's run ended, with what the host knows of it.
struct RunOutcome: Sendable {
    /// The ways to end.
    enum Ending: Sendable {
        /// With these values.
        case returned([LuaValue])
        /// With an error that nobody caught.
        case failed(ScriptError)
        /// Before the first line, for want of a connection.
        case notConnected(ScriptError)
    }

    var ending: Ending
    /// What arguments the script takes, if it told.
    var usage: ScriptUsage?
    /// The guests that it changed or began to change.
    var touched: [TouchedGuest] = []
    /// The signal that ended it.
    var signal: Signal?
    /// What a call found to be wrong with the configuration.
    var configurationProblem: VMMError?

    init(
        _ ending: Ending,
        usage: ScriptUsage? = nil,
        touched: [TouchedGuest] = [],
        signal: Signal? = nil,
        configurationProblem: VMMError? = nil
    ) {
        self.ending = ending
        self.usage = usage
        self.touched = touched
        self.signal = signal
        self.configurationProblem = configurationProblem
    }

    /// The error, if there was one.
    var error: ScriptError? {
        switch ending {
        case .returned: nil
        case .failed(let error), .notConnected(let error): error
        }
    }

    /// Whether the script ended because of the arguments that it was called with.
    var hasWrongArguments: Bool { usage?.problem != nil && error?.message == usage?.problem }

    /// Whether it ended because of the configuration.
    var isMisconfigured: Bool { configurationProblem != nil && error?.message == configurationProblem?.message }
}
