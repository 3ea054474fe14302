/// One figure beside what it is held against.
struct Measurement {
    enum Unit: String {
        case nanoseconds = "ns"
        case seconds = "s"
        case milliseconds = "ms"
        case megabytes = "MB"
        case perSecond = "/s"
        case requests

        /// How many of this unit a second or a byte is.
        var scale: Double {
            switch self {
            case .nanoseconds: 1e9
            case .milliseconds: 1e3
            case .megabytes: 1e-6
            case .seconds, .perSecond, .requests: 1
            }
        }
    }

    /// The most that the figure may be.
    enum Target {
        /// In multiples of the floor.
        case ratio(Double)
        /// In the measurement's unit.
        case value(Double)
    }

    let name: String
    let unit: Unit
    /// Median, in the unit.
    let ours: Double
    /// Median, in the unit.
    let floor: Double?
    /// Median of the rounds' own ratios: where the machine slows down for a while, it does so for both.
    let ratio: Double?
    /// What the floor is.
    let floorName: String?
    /// Nil where the figure is told for comparison alone.
    let target: Target?

    /// `ours` and `floor` are samples in seconds or bytes, taken in turn.
    init(
        _ name: String,
        _ unit: Unit,
        ours: [Double],
        floor: [Double]? = nil,
        floorName: String? = nil,
        target: Target?
    ) {
        self.name = name
        self.unit = unit
        self.ours = median(ours) * unit.scale
        self.floor = floor.map { median($0) * unit.scale }
        self.ratio = floor.map { median(zip(ours, $0).map { $0 / $1 }) }
        self.floorName = floorName
        self.target = target
    }

    /// A figure and its floor, as they were measured in turn.
    init(_ name: String, _ unit: Unit, _ rounds: Rounds<Double>, floorName: String?, target: Target?) {
        self.init(name, unit, ours: rounds.ours, floor: rounds.floor, floorName: floorName, target: target)
    }

    /// Nil without a target.
    var holds: Bool? {
        switch target {
        case nil: nil
        case .ratio(let most): ratio.map { $0 <= most } ?? false
        case .value(let most): ours <= most
        }
    }
}

private func median(_ samples: [Double]) -> Double {
    let sorted = samples.sorted()
    guard let middle = sorted.dropFirst(sorted.count / 2).first else { return .nan }
    return sorted.count.isMultiple(of: 2) ? (sorted[sorted.count / 2 - 1] + middle) / 2 : middle
}
