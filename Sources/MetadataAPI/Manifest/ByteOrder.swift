/// Compares strings by their UTF-8 bytes, so that sorting does not depend on the machine or locale.
func precedesByBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}
