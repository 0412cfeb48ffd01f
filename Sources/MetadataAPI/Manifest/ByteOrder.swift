/// Orders texts by their UTF-8 bytes, so that a sorted list is the same on every machine and in every locale.
func precedesByBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}
