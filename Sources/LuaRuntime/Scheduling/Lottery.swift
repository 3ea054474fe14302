/// Draws one of several, the same ones each time for a seed (SplitMix, 2014).
struct Lottery {
    /// The seed, and then what is drawn from next.
    var state: UInt64

    /// A place from 0 below `count`.
    mutating func draw(of count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(count))
    }
}
