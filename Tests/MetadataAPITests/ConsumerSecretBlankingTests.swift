import Testing

@testable import MetadataAPI

@Suite struct ConsumerSecretBlankingTests {
    private func blank(_ text: String) throws -> (String, Int) {
        let result = try ConsumerSecretBlanking.blank(Array(text.utf8))
        return (String(decoding: result.bytes, as: UTF8.self), result.count)
    }

    @Test(
        "Every form of the element is emptied, and all other bytes are unchanged",
        arguments: [
            ("<a><consumerSecret>canary</consumerSecret></a>", "<a><consumerSecret></consumerSecret></a>", 1),
            (
                "<a>\r\n\t<consumerSecret \n>\n canary \n</consumerSecret >\r\n</a>\n",
                "<a>\r\n\t<consumerSecret \n></consumerSecret >\r\n</a>\n", 1
            ),
            (
                "<a><consumerSecret><![CDATA[x></consumerSecret>canary]]></consumerSecret></a>",
                "<a><consumerSecret></consumerSecret></a>", 1
            ),
            ("<a><consumerSecret>&#99;anary&amp;</consumerSecret></a>", "<a><consumerSecret></consumerSecret></a>", 1),
            (
                "<a><consumerSecret>can<!-- > </consumerSecret> -->ary</consumerSecret></a>",
                "<a><consumerSecret></consumerSecret></a>", 1
            ),
            (
                "<a><consumerSecret x='>' y=\"'>\">canary</consumerSecret></a>",
                "<a><consumerSecret x='>' y=\"'>\"></consumerSecret></a>", 1
            ),
            (
                "<a><p:consumerSecret xmlns:p='urn:x'>canary</p:consumerSecret></a>",
                "<a><p:consumerSecret xmlns:p='urn:x'></p:consumerSecret></a>", 1
            ),
            ("<a><consumerSecret><x>canary</x></consumerSecret></a>", "<a><consumerSecret></consumerSecret></a>", 1),
            (
                "<a><consumerSecret>a<consumerSecret>b</consumerSecret>c</consumerSecret></a>",
                "<a><consumerSecret></consumerSecret></a>", 1
            ),
            (
                "<a><consumerSecret/><consumerSecret></consumerSecret></a>",
                "<a><consumerSecret/><consumerSecret></consumerSecret></a>", 0
            ),
            (
                "<a><consumerSecret>1</consumerSecret><b/><consumerSecret>2</consumerSecret></a>",
                "<a><consumerSecret></consumerSecret><b/><consumerSecret></consumerSecret></a>", 2
            ),
            ("<consumerSecret>canary</consumerSecret>", "<consumerSecret></consumerSecret>", 1),
            (
                "<a><consumerSecrets>x</consumerSecrets><!-- no consumerSecret --><b c='&lt;'/></a>",
                "<a><consumerSecrets>x</consumerSecrets><!-- no consumerSecret --><b c='&lt;'/></a>", 0
            ),
            ("<a><!-- was: <consumerSecret>canary</consumerSecret> --></a>", "<a><!----></a>", 1),
            ("<!--<p:consumerSecret\nx='y'>canary--><a/>", "<!----><a/>", 1),
            (
                "<a><!--1<consumerSecret>2--><consumerSecret>3<!--<consumerSecret>--></consumerSecret></a>",
                "<a><!----><consumerSecret></consumerSecret></a>", 2
            ),
            ("<a><!--<consumerSecrets>x<--></a>", "<a><!--<consumerSecrets>x<--></a>", 0),
            (
                "<a b='/'><consumerSecret c='/'>canary</consumerSecret><d e='x'/></a>",
                "<a b='/'><consumerSecret c='/'></consumerSecret><d e='x'/></a>", 1
            ),
            (
                "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>ü<consumerSecret>ü</consumerSecret></a>",
                "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>ü<consumerSecret></consumerSecret></a>", 1
            ),
        ])
    func blanked(_ text: String, _ expected: String, _ count: Int) throws {
        let result = try blank(text)
        #expect(result.0 == expected)
        #expect(Array(result.0.utf8) == Array(expected.utf8))
        #expect(result.1 == count)
    }

    @Test(
        "A file that cannot be parsed with certainty is rejected",
        arguments: [
            "", "<a>", "<a><consumerSecret>x</a>", "not xml", "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY s '<consumerSecret>x</consumerSecret>'>]><a>&s;</a>",
            "<a><?x <consumerSecret>?></a>",
            "<?xml version='1.0' encoding='utf-16'?><a/>",
        ])
    func refused(_ text: String) {
        #expect(throws: SecretBlankingError.self) { try ConsumerSecretBlanking.blank(Array(text.utf8)) }
    }

    @Test("Only files of apps and authentication providers are blanked, with both suffixes and in any case")
    func names() throws {
        for name in [
            "connectedApps/A.connectedApp", "A.connectedApp-meta.xml", "x/A.ecaGlblOauth", "x/A.ecaGlblOauth-meta.xml",
            "x/A.CONNECTEDAPP", "authproviders/A.authprovider", "A.authprovider-meta.xml",
        ] {
            #expect(ConsumerSecretBlanking.applies(to: try EntryPath(name.utf8)))
        }
        for name in ["A.cls", "connectedApp/x.xml", "A.connectedApp.bak", "A.ecaOauth"] {
            #expect(!ConsumerSecretBlanking.applies(to: try EntryPath(name.utf8)))
        }
    }
}
