import Testing

@testable import OrgSimulator

@Suite("HTML")
struct HTMLTests {
    @Test("Text and attribute values are escaped, also when a value is written into a literal")
    func escapes() {
        let hostile = #"<script>alert("1")</script>&'"#
        let escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"
        #expect(HTML(hostile).markup == escaped)
        let literal: HTML = "\(hostile)"
        #expect(literal.markup == escaped)
        #expect(HTML.link(hostile, to: hostile).markup == "<a href=\"\(escaped)\">\(escaped)</a>")
        #expect(
            HTML.textField("L", "n", hostile).markup
                == "<div class=\"field\"><label for=\"n\">L</label>"
                + "<input type=\"text\" id=\"n\" name=\"n\" value=\"\(escaped)\"></div>")
    }

    @Test("Control characters are replaced by their symbols, except for line breaks and tabs")
    func controls() {
        #expect(HTML("a\u{1B}[2J\u{0}\u{7F}\u{9B}\n\t").markup == "a␛[2J␀␡\u{FFFD}\n\t")
    }

    @Test("A list of parts becomes their markup in order, escaped once")
    func joins() {
        let parts: HTML = ["a & b", .strong("c < d")]
        #expect(HTML.paragraph(parts).markup == "<p>a &amp; b<strong>c &lt; d</strong></p>")
    }
}
