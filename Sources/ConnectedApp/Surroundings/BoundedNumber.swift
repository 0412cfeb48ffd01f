extension Int {
    /// The whole part of a number, for values that may come from outside: the nearest that fits, and 0 for one that is none.
    package init(bounding value: Double) {
        self = value.isNaN ? 0 : Int(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }
}
