/*
 * Asks a PHP 7.4 in WebAssembly about sources: `node php74.mjs FOLDER < question.json`.
 *
 * { "sources": { name: code } } gives { "complaints": { name: message } }.
 * { "functions": [ name ] } gives { "missing": [ name ] }.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire( process.argv[ 2 ] + '/' );
const load = ( name ) => import( pathToFileURL( require.resolve( name ) ) );
const { PHP, loadPHPRuntime } = await load( '@php-wasm/universal' );
const { getPHPLoaderModule } = await load( '@php-wasm/node-7-4' );

const php = new PHP( await loadPHPRuntime( await getPHPLoaderModule() ) );
php.writeFile( '/ask.php', readFileSync( new URL( 'php74.php', import.meta.url ), 'utf8' ) );

async function ask( question ) {
	php.writeFile( '/question.json', JSON.stringify( question ) );
	// A fatal error of the compiler is an answer like any other.
	const answer = await php.run( { scriptPath: '/ask.php' } ).catch( ( error ) => error.response );
	return JSON.parse( answer.text );
}

const question = JSON.parse( readFileSync( 0, 'utf8' ) );
const complaints = {};
for ( const [ name, code ] of Object.entries( question.sources ?? {} ) ) {
	const { said } = await ask( { code } );
	if ( said ) { complaints[ name ] = said; }
}
const { missing } = await ask( { functions: question.functions ?? [] } );
process.stdout.write( JSON.stringify( { complaints, missing } ) );
process.exit( 0 );
