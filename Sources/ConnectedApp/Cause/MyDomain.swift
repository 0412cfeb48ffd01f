/// Where Setup shows an org's own host name.
enum MyDomain {
    /// The path through Setup.
    static let place = "Setup > Quick Find: My Domain > Current My Domain URL"
}
