/** Writes the page's constants as JSON, for the tests beside it. */

const constants = await import(new URL(
  '../../../export/web/source/preprocessing/constants.js', import.meta.url));
console.log(JSON.stringify(constants));
