/// Whether `left` comes before `right` when their UTF-8 bytes are compared. The order does not depend on a locale.
func precedesByBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}
