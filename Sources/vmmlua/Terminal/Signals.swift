import Dispatch
import Foundation

/// The signals by which a user or the system ends the program.
enum Signal: Sendable, Hashable, CaseIterable {
    /// Ctrl-C.
    case interrupt
    /// What `kill` and a service manager send.
    case terminate
    /// The terminal is gone: a session over the network was dropped.
    case hangUp

    var number: Int32 {
        switch self {
        case .interrupt: SIGINT
        case .terminate: SIGTERM
        case .hangUp: SIGHUP
        }
    }

    /// The exit status of a program that it ends.
    var status: ExitStatus { self == .interrupt ? .interrupted : .terminated }

    /// How long a script that it cancels may tidy up at most, where that is less than the run's own grace.
    ///
    /// systemd sends SIGKILL 90 seconds after SIGTERM, and nobody sits at a terminal that is gone.
    var grace: Duration? { self == .interrupt ? nil : .seconds(60) }

    /// What the program heeds: not the loss of its terminal where it was started with `nohup`.
    fileprivate static let heeded = allCases.filter { $0 != .hangUp || !isHangUpIgnored }

    private static let isHangUpIgnored = ignore(SIGHUP)
}

/// Has the system not react to a signal; whether it didn't before.
private func ignore(_ number: Int32) -> Bool {
    let before = signal(number, SIG_IGN)
    return unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}

/// Hands the process's signals to a function, instead of letting them end the process.
final class SignalWatch {
    private let sources: [any DispatchSourceSignal]

    /// Watches until this is released; `handler` is called for one signal after the other, or `leave` for one that comes while
    /// a word is asked for.
    init(
        leave: @escaping @Sendable (Signal) -> Void = { leaveProcess($0.status) },
        _ handler: @escaping @Sendable (Signal) -> Void
    ) {
        let queue = DispatchQueue(label: "vmmlua.signals")
        sources = Signal.heeded.map { kind in
            // The system's own reaction would come first otherwise.
            _ = signal(kind.number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: kind.number, queue: queue)
            source.setEventHandler {
                // The system's call that waits for the word would go on.
                if Terminal.abandonPrompt() { leave(kind) } else { handler(kind) }
            }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}

/// Prepares for Ctrl-Z, by which a shell stops the program for a while.
final class StopWatch {
    private let source: any DispatchSourceSignal

    /// Calls `prepare` on `queue` right before the program is stopped, until this is released; nil where no shell stops it.
    init?(on queue: DispatchQueue, prepare: @escaping @Sendable () -> Void) {
        guard !ignore(SIGTSTP) else { return nil }
        source = DispatchSource.makeSignalSource(signal: SIGTSTP, queue: queue)
        source.setEventHandler {
            prepare()
            kill(getpid(), SIGSTOP)
        }
        source.resume()
    }

    deinit {
        source.cancel()
        _ = signal(SIGTSTP, SIG_DFL)
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

/// Ends the process while other threads may still be at work: nothing is torn down under them.
func leaveProcess(_ status: ExitStatus) -> Never {
    _exit(status.rawValue)
}
