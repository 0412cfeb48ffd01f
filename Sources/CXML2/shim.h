// Debian builds libxml2 with ICU; its ICU headers and Foundation's own ICU module cannot be in one module graph,
// so the ICU part of the headers is left out. Nothing here uses it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/SAX2.h>
