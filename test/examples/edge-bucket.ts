/**
 * What stands behind a bucket of R2 in workerd, for reading: its binding asks by HTTP, and this module answers from the files of a
 * folder, which a disk service hands over piece by piece.
 *
 *     GET, cf-r2-request: {"method": "get", "object": name, …}  →  200, cf-r2-metadata-size: n
 *                                                                 n bytes of JSON about the object │ its bytes
 *                                                                 404, cf-r2-error where there is none
 */
export const bucketModule = `
  export default {
    async fetch(request, env) {
      const { method, object } = JSON.parse(request.headers.get("cf-r2-request"));
      const refuse = (status, v4code, message) =>
        new Response(null, { status, headers: { "cf-r2-error": JSON.stringify({ version: 1, v4code, message }) } });
      if (method !== "get") return refuse(501, 10062, method + " is not implemented");
      const file = await env.FOLDER.fetch("http://folder/" + encodeURIComponent(object));
      if (!file.ok) return refuse(404, 10007, "The specified key does not exist.");
      const size = Number(file.headers.get("content-length"));
      const about = new TextEncoder().encode(JSON.stringify({
        name: object, version: "1", size, etag: "1", uploaded: "0", httpFields: {}, customFields: [],
        range: { offset: "0", length: String(size) }, checksums: {}, storageClass: "Standard",
      }));
      const { readable, writable } = new FixedLengthStream(about.length + size);
      (async () => {
        const writer = writable.getWriter();
        await writer.write(about);
        writer.releaseLock();
        await file.body.pipeTo(writable);
      })();
      return new Response(readable, { headers: { "cf-r2-metadata-size": String(about.length) } });
    },
  };`;
