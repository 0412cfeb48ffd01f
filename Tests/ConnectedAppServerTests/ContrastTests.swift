internal import Foundation
internal import Testing

@testable internal import ConnectedAppServer

/// The colours of the style sheet, in both themes, against WCAG 2.2 (1.4.3 for text, 1.4.11 for marks and borders).
@Suite("Contrast of the pages")
struct ContrastTests {
    enum Theme: String, CaseIterable { case light, dark }

    /// The style sheet's colours, by name.
    private static func colours(_ theme: Theme) throws -> [String: String] {
        let sheet = String(decoding: PackageResources.settings_css, as: UTF8.self)
        let blocks = sheet.matches(of: /:root \{([^}]*)\}/).map { String($0.output.1) }
        try #require(blocks.count == 2)
        let block = blocks[theme == .light ? 0 : 1]
        return Dictionary(
            uniqueKeysWithValues: block.matches(of: /--([a-z-]+): #([0-9a-f]{6})/).map {
                (String($0.output.1), String($0.output.2))
            })
    }

    /// The contrast ratio of two colours in hexadecimal, from 1 to 21 (WCAG 2.2, "contrast ratio").
    private static func ratio(_ one: String, _ other: String) -> Double {
        let (light, dark) = (max(luminance(one), luminance(other)), min(luminance(one), luminance(other)))
        return (light + 0.05) / (dark + 0.05)
    }

    private static func luminance(_ colour: String) -> Double {
        let number = UInt32(colour, radix: 16) ?? 0
        let parts = [16, 8, 0].map { shift in
            let part = Double((number >> UInt32(shift)) & 0xFF) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }

    @Test("Fields look enabled in the light theme, and a hidden field does not widen the page")
    func fields() throws {
        let light = try Self.colours(.light)
        #expect(light["field"] == light["card"])
        #expect(light["field"] != light["page"])
        let sheet = String(decoding: PackageResources.settings_css, as: UTF8.self)
        #expect(!sheet.contains("color: inherit; background: var(--page)"))
        #expect(sheet.contains(".hidden, input.hidden[type] { position: absolute; width: 1px;"))
        #expect(sheet.contains(".card.flush > .lead:last-child { padding-bottom:"))
    }

    @Test("The formula gives 21 for black on white, and 1 for a colour on itself")
    func formula() {
        #expect(Self.ratio("000000", "ffffff") == 21)
        #expect(Self.ratio("777777", "777777") == 1)
    }

    @Test(
        "Text has a ratio of at least 4.5", arguments: Theme.allCases,
        [
            ("text", "page"), ("text", "card"), ("text", "code-back"), ("soft", "page"), ("soft", "card"),
            ("soft", "code-back"), ("accent", "page"), ("accent", "card"), ("accent", "code-back"),
            ("on-accent", "accent"), ("on-accent", "accent-strong"), ("good", "card"), ("good", "good-back"),
            ("warn", "card"), ("warn", "warn-back"), ("bad", "card"), ("bad", "bad-back"), ("card", "bad"),
        ])
    func text(_ theme: Theme, _ pair: (String, String)) throws {
        let colours = try Self.colours(theme)
        let ratio = Self.ratio(try #require(colours[pair.0]), try #require(colours[pair.1]))
        #expect(ratio >= 4.5, "\(pair): \(ratio)")
    }

    @Test(
        "The outline of the focus and the borders of fields have a ratio of at least 3", arguments: Theme.allCases,
        [("accent", "page"), ("accent", "card"), ("soft", "page"), ("soft", "card"), ("bad", "page"), ("bad", "card")])
    func marks(_ theme: Theme, _ pair: (String, String)) throws {
        let colours = try Self.colours(theme)
        let ratio = Self.ratio(try #require(colours[pair.0]), try #require(colours[pair.1]))
        #expect(ratio >= 3, "\(pair): \(ratio)")
    }
}
