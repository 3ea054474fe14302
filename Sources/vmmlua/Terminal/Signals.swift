import Dispatch
import Foundation

/// The signals by which a user or the system ends the program.
enum Signal: Sendable, Hashable, CaseIterable {
    /// Ctrl-C.
    case interrupt
    /// What `kill` and a service manager send.
    case terminate

    var number: Int32 { self == .interrupt ? SIGINT : SIGTERM }
}

/// Hands the process's signals to a function, instead of letting them end the process.
final class SignalWatch {
    private let sources: [any DispatchSourceSignal]

    /// Watches until this is released; `handler` is called for one signal after the other.
    init(_ handler: @escaping @Sendable (Signal) -> Void) {
        let queue = DispatchQueue(label: "vmmlua.signals")
        sources = Signal.allCases.map { kind in
            // The system's own reaction would come first otherwise.
            _ = signal(kind.number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: kind.number, queue: queue)
            source.setEventHandler { handler(kind) }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}

/// Has a write to a reader that is gone fail, instead of letting it end the process midway.
func ignoreBrokenPipes() {
    _ = signal(SIGPIPE, SIG_IGN)
}

/// Ends the process.
func exitProcess(_ status: ExitStatus) -> Never {
    exit(status.rawValue)
}
