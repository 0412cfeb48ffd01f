import Crypto
import Foundation

/// The style sheet of the Setup pages. The pages have no scripts and load nothing from elsewhere. Their only image is
/// an empty icon in a `data:` URL.
enum SetupStyle {
    static let sheet: StaticString = """
        *{box-sizing:border-box}
        body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#181818;background:#f3f3f3}
        .mark{margin:0;padding:.4rem 1rem;background:#ffb75d;color:#181818;font-weight:700;text-align:center}
        .columns{display:flex;flex-wrap:wrap;align-items:flex-start}
        nav{flex:1 1 14rem;max-width:100%;padding:1rem}
        nav h2{margin:.8rem 0 .2rem;font-size:.8rem;color:#444}
        nav ul{margin:0;padding:0;list-style:none}
        nav a{display:block;padding:.15rem .6rem}
        nav a[aria-current]{border-left:3px solid #0b5cab;background:#fff;font-weight:600}
        nav form{display:flex;flex-wrap:wrap;gap:.2rem}
        nav input{width:100%}
        main{flex:4 1 36rem;min-width:0;max-width:64rem;margin:0;padding:1rem 1.2rem}
        h1{margin:0 0 .8rem;font-size:1.5rem;overflow-wrap:anywhere}
        section{margin:0 0 1rem;padding:.9rem 1.1rem;background:#fff;border:1px solid #d8d8d8;border-radius:.4rem}
        section h2{margin:0 0 .6rem;font-size:1.1rem}
        h3{margin:1rem 0 .3rem;font-size:1rem}
        a{color:#0b5cab}
        dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.3rem 1rem;margin:0}
        dl.wide{grid-template-columns:minmax(8rem,26rem) 1fr}
        dt{color:#444}
        dd{margin:0;min-width:0;overflow-wrap:anywhere}
        table{width:100%;border-collapse:collapse}
        th,td{padding:.45rem .6rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
        th{font-size:.85rem;color:#444}
        td code{overflow-wrap:normal}
        td .when{white-space:nowrap}
        td small.when{display:block}
        .scrolls{overflow-x:auto}
        .field{margin:.7rem 0}
        .field label,legend{display:block;font-weight:600}
        input[type=text],input[type=search],select,textarea{width:100%;max-width:34rem;padding:.35rem .5rem;font:inherit;
        border:1px solid #747474;border-radius:.25rem;background:#fff}
        textarea{font-family:monospace;font-size:.8rem}
        fieldset{margin:.8rem 0;padding:.5rem .9rem;border:1px solid #bbb;border-radius:.25rem;min-width:0}
        .tick{display:block;padding:.1rem 0}
        .reveal{margin:.6rem 0}
        .reveal>label{font-weight:600}
        .reveal .reveal{margin:0;padding:.1rem 0}
        .reveal .reveal>label{font-weight:400}
        .revealed{margin-left:.4rem;padding-left:1rem;border-left:2px solid #ddd}
        .reveals:not(:checked)~.revealed{display:none}
        small,.note{font-size:.85rem;color:#555}
        .field small{display:block}
        button,.actions>a{display:inline-block;padding:.35rem .9rem;font:inherit;line-height:1.4;color:#0b5cab;
        background:#fff;border:1px solid #747474;border-radius:.25rem;text-decoration:none;cursor:pointer}
        button:hover,.actions>a:hover{background:#eef4ff}
        .actions{display:flex;flex-wrap:wrap;gap:.5rem;margin:.7rem 0}
        .line{display:flex;flex-wrap:wrap;align-items:flex-end;gap:.5rem;margin:.7rem 0}
        .line .field{flex:0 1 14rem;margin:0}
        td form{display:inline-block;margin:0 .3rem .2rem 0}
        .menu summary{cursor:pointer;list-style:none;display:inline-block;padding:0 .6rem;border:1px solid #747474;
        border-radius:.25rem}
        .menu a{display:block;padding:.2rem 0}
        .notice{padding:.5rem .9rem;background:#d9f2dc;border-left:4px solid #2e844a}
        .problem{padding:.5rem .9rem;background:#feded8;border-left:4px solid #ba0517}
        .tabs{display:flex;gap:.3rem;margin:0 0 1rem;border-bottom:1px solid #bbb}
        .tabs a{padding:.4rem 1rem;text-decoration:none}
        .tabs a[aria-current]{border-bottom:3px solid #0b5cab;font-weight:600}
        code{overflow-wrap:anywhere}
        @media (max-width:44rem){
        dl,dl.wide{grid-template-columns:1fr;gap:0}
        dd{margin:0 0 .5rem}
        nav{flex-basis:100%;padding:.6rem 1rem 0}
        nav ul{display:flex;flex-wrap:wrap}
        main{flex-basis:100%}
        }
        """

    /// The value of the header `Content-Security-Policy`. It allows this style sheet, images in `data:` URLs, and forms
    /// to the page's own origin. It forbids everything else, including scripts and embedding the page in a frame.
    static let contentSecurityPolicy: String = {
        let digest = Data(SHA256.hash(data: Data("\(sheet)".utf8))).base64EncodedString()
        return "default-src 'none'; style-src 'sha256-\(digest)'; img-src data:; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'"
    }()
}
