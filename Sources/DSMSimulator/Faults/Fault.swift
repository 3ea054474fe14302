/// Something that goes wrong between a client and a simulated NAS: what, in which calls, and when.
///
/// ```swift
/// // The second shutdown of a web guest takes effect, and its answer is lost.
/// Fault(.resetAfter, in: .init(method: "shutdown", guest: "web-*"), skip: 1, times: 1)
/// // One call in five is told that the NAS is busy.
/// Fault(.refuse(code: 118), probability: 0.2)
/// ```
public struct Fault: Sendable, Equatable {
    /// What goes wrong.
    public enum Effect: Sendable, Equatable {
        /// The call is answered with that code and does nothing: 106, 107 and 119 end its session as well.
        case refuse(code: Int)
        /// The connection is reset, and the call does nothing.
        case resetBefore
        /// The call is carried out, and the connection reset instead of an answer.
        case resetAfter
        /// The call is carried out, and the connection closed halfway through the answer.
        case truncate
        /// The web server in front answers with HTTP 502, and the call does nothing.
        case badGateway
        /// The web server in front answers with a page, and the call does nothing.
        case html
        /// The call is carried out later.
        case delay(Duration)
        /// The NAS has restarted before the call: sessions and tasks are forgotten.
        case restart
    }

    /// Which calls are meant, by patterns: `*` stands for any characters, `?` for one.
    public struct Calls: Sendable, Equatable {
        /// The API's name.
        public var api: String
        /// The method's name, in the dialect's own case.
        public var method: String
        /// The parameter `action`, as that of `pwr_ctl`; `*` means calls without it as well.
        public var action: String
        /// The name or the id of the guest that is named; `*` means calls without one as well.
        public var guest: String

        /// Names patterns; all calls by default, those of login and discovery among them.
        public init(api: String = "*", method: String = "*", action: String = "*", guest: String = "*") {
            self.api = api
            self.method = method
            self.action = action
            self.guest = guest
        }
    }

    /// What goes wrong.
    public var effect: Effect
    /// In which calls.
    public var calls: Calls
    /// From when on, counted from the start of the server.
    public var from: Duration
    /// Until when, exclusive; nil means for ever.
    public var until: Duration?
    /// How many calls within that time go well first.
    public var skip: Int
    /// How often it goes wrong; nil means always.
    public var times: Int?
    /// How likely it goes wrong in each call.
    public var probability: Double

    /// Describes a fault; by default it hits all calls, at all times.
    public init(
        _ effect: Effect,
        in calls: Calls = Calls(),
        from: Duration = .zero,
        until: Duration? = nil,
        skip: Int = 0,
        times: Int? = nil,
        probability: Double = 1
    ) {
        self.effect = effect
        self.calls = calls
        self.from = from
        self.until = until
        self.skip = skip
        self.times = times
        self.probability = probability
    }
}
