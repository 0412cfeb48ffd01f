/// An org's own host name.
enum MyDomain {
    /// The clicks to it.
    static let place = "Setup > Quick Find: My Domain > Current My Domain URL"
}
