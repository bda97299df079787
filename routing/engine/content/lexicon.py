"""Concepts of this trade and the words for them in Dutch, English, German and French, folded.

A classifier that has seen "rook" and "smoke" knows nothing of "walm"; a concept lets all three share what
was learned about one. `word` is that word, `stem*` any word that begins so, `*stem*` any word that
contains it; words joined by `_` are a phrase. What a concept says for or against a department is learned,
not written here.
"""

from __future__ import annotations

CONCEPTS: dict[str, str] = {
    # Danger
    "smoke": """dampslierten slierten rooksliert* wolk wolken wolkje mist nevel haze dampen dampende dampt*
        brouillard nebel dampft kringelt uitwasem* roet roetaanslag soot suie russ rookgordijn rookvorming
        rookwolkje rook rookt roken rokend rokende rookwolk* rookpluim* rookontwik* walm* walmen damp dampt
        smook smoort gerookt qualm* qualmt rauch* raucht smoke smokes smoking smoky fumes fumee* smoulder*
        smolder* smeul* nasmeul* rookslierten""",
    "flames": """uitgefikt afgebrand vlammenzee vuurzee vlammetje fikte feuerchen inferno incendie blazing
        vuurbal vuurgloed flambe ontbrandde flakker* laaiend vlam vlammen vlammetje* steekvlam* vuur vuurtje
        fik fikt fikkie fire flame flames feu feuer brennt brennen flamme* lichterlaaie ontbrand* ontvlam*
        in_brand vlam_gevat vuur_gevat on_fire en_feu vatte_vlam blaze ablaze uitslaande aflame afgefikt""",
    "burn": "brand brandt branden brandend brandende brandde brandje gebrand",
    "burnt": """verkol* verkool* doorgebrande geschroeide aangebrande gebrande verzengd* blaren roussi
        cramee  schroeien verschmort* verkohlt* fried frit toasted verbrand* aangebrand schroei*
        geschroeid* verschroei* geblakerd* zwartgeblakerd* verkoold* verbrannt* angebrannt burnt burned
        burning scorch* charred singed brule brulee brulees bruler zwart_uitgeslagen schroeiplek* brandplek*
        brandvlek* bruin_verkleurd verkleurd* verkleuring zwarte_plek* zwarte_vlek* carbonise*""",
    "burn_smell": """rubberlucht rubbergeur plasticlucht brandluchtje schmorgeruch brandgeurtje brandlucht*
        brandgeur* schroeilucht* brandgeruch verbrandingslucht* brandstank schroeigeur* gaslucht* gasgeruch
        gasgeur""",
    "smell": """meurt meuren geurt luchtje walgelijk* chemisch* penetrant* acrid stench reeks stinky stinke
        puanteur pue reekt scherpe_lucht rare_lucht vreemde_lucht vieze_lucht lucht ruik ruikt ruiken geur
        geuren stank stinkt stinken stink reuk smell smells smelled smelling riecht geruch stinkig odeur
        odeurs sent zwavel""",
    "spark": """genster* overslag overslaan springt_over sprong_over boogontlading ontlading vonkenregen
        vonkje vonkjes flits flitsen flitste flitsend flash flashes flashing gesis sissen sizzl* hissing
        hiss knisper* knett* knispert gekraak krakend crepit* eclair* blitz* funkeln poppin* popping
        geknetter geknisper vonk* spark sparks sparking sparked funke* funkt etincelle* lichtflits*
        vlamboog* lichtboog* knetter* knister* knistert crackl* spetter* sputter* sist sissend sissende
        knapper* spat gespat arcing gresille* gresillement zischt""",
    "bang": """knal knallen knalde plof ploffen dreun bang explo* ontplof* ontploft knall knallt klap boem
        dreunde dreunt doffe_klap bonk plofte geknal boum boom pang klapper""",
    "melt": """borrelt borrelen kookt bubbl* smeltplek* vervorm* weekt druipt_eraf slap_wordt deform*
        blaren_op_het_plastic verweekt zacht_geworden verflussigt smelt smelten smeltende gesmolten smolt
        melt melting melted melts geschmolzen schmilzt schmelzen schmort verschmort fondu fondue fond
        fondent fondre doorgebrand""",
    "hot": """verzengend kokendheet kookheet snoeiheet smoorheet loei_heet te_heet veel_te_heet
        onaanraakbaar heisse scalding searing roasting boiling roodgloeiende gloed lueur gluht* glowed
        heet_geworden bloedhete hitteontwikkeling heet hete heter gloeit gloeien gloeiend gloeiende
        gloeiendheet kokend* bloedheet roodgloeiend glowing glow hot heiss heisse gluht gluhend gluehend
        brulant brulante brulants chaud chaude hitte oververhit* oververhitting overheat* snikheet roodheet
        loeiheet bloedjeheet uberhitz* surchauff*""",
    "warm": "warm warme warmer lauw lauwwarm handwarm opwarm* warmte tiede",
    "shock": """optater opdonder oplawaai gesmeten teruggeslagen tik tikken klets kribbelt kribbeln kribbel*
        getinteld getintel tinteling tintelingen stroomprikkel* pins_and_needles threw_me projete
        picotement* fourmille* gewischt verkrampt loslaten hangt_vast_aan stroompje stroomtik jolted
        electrified elektrisiert kriebelt schok schokje schokken stroomstoot* stroomschok* stroomslag*
        elektrocut* geelektrocut* electrocut* shock shocks shocked zap zaps zapped tingl* tintel* tintelt
        stromschlag* stromstoss* schlag decharge* electrocute* jolt elektrische_schlag secousse prikken""",
    "live": """nog_onder_stroom nog_spanning staat_nog_aan nog_aan lampje_brandt_nog er_loopt_stroom
        stroom_loopt stroom_lopen geeft_stroom geven_stroom 230_volt 400_volt 230v 400v still_on
        still_powered encore_allume encore_allumee noch_an eingeschaltet power_still onder_stroom
        onder_spanning staat_stroom_op stroom_op staat_spanning staat_stroom spanning_op live_wire*
        live_wires live_cable* live_part* live_parts sous_tension unter_strom unter_spannung voel_stroom
        voelde_stroom stroom_voel* voel_je_stroom voelt_stroom stroom_door stroom_voelen du_courant
        still_live is_live are_live de_stroom_op schrikdraad""",
    "exposed": """opengewaaid opengereten openliggende opengesneden aders klemmen kap_eraf deksel_eraf
        kap_is_eraf deksel_is_eraf lasdoos bungelen bungelt zonder_isolatie no_insulation pulled_out
        ripped_out torn sticking_out hanging_out uit_de_muur uit_de_grond blootliggen draad_eruit pendent
        pendant arrach* herausgerissen raushangen uitgerukt losgetrokken aansluitdraad bloot blote
        blootligg* blootgelegd blank blanke exposed bare koper koperdraad koperen uitstekende uitsteken
        steken_uit stekend a_nu nus denude* offen freiliegend* freilieg* blanker losse_draden losse_kabels
        losse_draad losse_kabel ligt_open liggen_open hangt_open los_uit hangen_eruit hangt_eruit
        steken_eruit draden_eruit kabels_eruit unprotected openliggen* opengebroken afgerukt aanraakbaar
        exposes offenliegen*""",
    "wire": """draad draden draadje draadjes bedrading wire wires wiring fil fils draht drahte kabels
        leiding leidingen kabelbreuk""",
    "wet": """regenwater overgelopen gutsen gutst spuit spuiten sproeier kletsnat druppels druppel
        waterleiding water_in condens inondation trempe geflutet tropft flooding soaked pouring water nat
        natte regen regent lek lekt lekken lekkage druppelt drupt druipt blank_staat plas overstroom*
        overstroming wet rain raining puddle flooded flood leak leaks leaking wasser nass eau mouille*
        inonde* pluie regnet ondergelopen onder_water vochtig doorweekt stroomt""",
    "power_out": """stroomloze zit_zonder zitten_zonder zonder_elektra geen_elektra geen_spanning
        spanningsloos_huis ligt_plat plat_gegaan alles_uitgevallen is_alles_uit alles_uit uitgevallen
        koelcel vriezer diepvries freezer no_lights no_heating geen_verwarming dark donker pikdonker dunkel
        noir_complet electricity_off stroom_afgesloten zonder_stroom geen_stroom zonder_elektriciteit
        geen_elektriciteit zonder_licht geen_licht stroom_uitgevallen stroomuitval* stroomstoring* no_power
        without_power no_electricity ohne_strom kein_strom plus_de_courant plus_d_electricite sans_courant
        sans_electricite in_het_donker helemaal_donker stroomloos zonder_spanning power_cut power_outage
        blackout stromausfall coupure stroom_weg stroom_is_weg stroom_ligt_eraf stroom_eraf stroom_af
        lost_power alles_donker""",
    "care": """sonde infuus apneuapparaat stoma bevalling ziekenbed ziekenhuisbed hoog_laag alarmknop
        noodaggregaat verpleegafdeling thuisbeademing medicatie* vaccine* vaccin* vaccins stairlift
        breathing pflegebett atemgerat beatmet beademd couveuse monitoring verzorgingshuis rusthuis
        nursing_home hartbewaking pasgeboren newborn zieke beademing* zuurstof* oxygen* dialyse* traplift*
        verpleeghuis* thuiszorg* patient* medicijn* medic* respiratoire sauerstoff* beatmung* insuline*
        apotheek pacemaker slaapapneu apneu monitor zorginstelling ventilator dialysis invalid* rolstoel
        hoogzwanger bedlegerig* hartpatient*""",
    "children": """kleine kleintje speelveld* speelpad schoolpad voetgangers fietsers voorbijganger
        buurtkinderen klas leerlingen speelplein dieren honden walkers cyclists toddler kid marktplein
        passanten eleves spielplatz kita garderie kind kindje kinderen kindjes kids child children kinder
        enfant enfants baby babys peuter* kleuter* kleinkind* zoontje dochtertje scholier* leerling*
        schoolplein* speelplaats speeltuin* kinderopvang kinderdagverblijf creche pupils enfant* ecole
        school schule spelen spielen playing pauze voorbijgangers wandelaars""",
    "trapped": """opgesloten_zit ingesloten klem zitten_ertussen zit_ertussen kan_niet_weg
        kunnen_niet_naar_buiten deuren_blijven_dicht deur_gaat_niet roldeur stopped_halfway halverwege
        vastgelopen_lift steckt_im lift elevator ascenseur aufzug opgesloten trapped eingeschlossen enferme*
        vast_in_de_lift stuck_inside portail_bloque tor_geht_nicht gate_won garagedeur er_niet_uit
        kan_niet_naar_buiten bekneld opgesloten*""",
    "body": """schokte gesmakt bewusteloze flauw tintelt_nog beeft verbrande_hand hoofdpijn misselijk
        prikkende ogen brulure blesse verletzt fainted unconscious collapsed niet_aanspreekbaar schudden
        brandwondje blaartje hand handen arm armen vinger vingers gewond injured verwond* pijn hurt hurts
        numb gevoelloos blaar blaren brandwond* bewusteloos fingers doigts flauwgevallen trilt zeer huisarts
        verbrandde douleur schmerz* bewusstlos onwel ademt benauwd""",
    "collision": """omgewaaid scheefgezakt omgetrokken aanrijding geklapt klapte doorgezaagd losgerukt
        opengebroken vandalisme tegenaan knocked_over drove_into leaning umgestossen umgeweht arrachee
        percutee aangetikt geschept aangereden omver* omgereden omvergereden geramd knocked rammed percute*
        angefahren umgefahren kapotgetrapt omgevallen omgeduwd gebotst botsing ramde crashed hit vernield
        vandalen doorgesneden doorgeknipt geknaagd renverse* gerammt beschadigd beschadiging stukgereden""",
    "gas": "gas gasleiding* gaslek*",
    "rescue": """brandweerman brandblusser blusser blusdeken emmer zand evacuatie ontruimen weggerend
        pompier fire_extinguisher brandslang geblazen brandweer 112 ambulance pompiers feuerwehr
        fire_brigade fire_department firefighters 911 politie hulpdiensten ontruimd geevacueerd blussen
        geblust blus evacu* gevlucht naar_buiten buiten_gezet""",
    "danger": """gevaar gevaarlijk gevaarlijke levensgevaarlijk* danger dangerous dangereux gefahr
        gefahrlich* onveilig* hazard* noodsituatie noodgeval emergency notfall calamiteit levensgevaar
        dodelijk hachelijk linke link doodeng bedreigend lebensgefahr lethal deadly""",
    "afraid": "bang angst durf durven scared afraid peur paniek eng angstig beangstigend",
    "help": "help hulp sos hilfe secours au_secours helpp alstublieft_snel",
    "now": """nu meteen direct onmiddellijk zojuist net daarnet momenteel now immediately sofort gerade eben
        maintenant vite snel dringend dringende spoed spoedig urgent urgente asap zsm spoedeisend
        tout_de_suite right_away right_now op_dit_moment vanavond_nog zo_snel_mogelijk nu_meteen schnell
        haast""",
    "hum": """zoem* gezoem gonst gonzen gonzend bromt brommen brommend hum hums humming buzz* brummt brummen
        bourdonn* ronfle trilt_en vibre ratelt ratelend tikt tikkend fluit gieren giert""",
    "whole_house": """hele_huis heel_het_huis hele_pand hele_gebouw hele_flat heel_de_straat hele_straat
        hele_wijk heel_huis gans_het_huis whole_house entire_house whole_building toute_la_maison ganze_haus
        ganzen_haus portiek in_huis het_hele_huis alle_kamers nergens_meer""",
    "your_work": """sinds_jullie na_jullie door_jullie sinds_uw na_uw door_uw dankzij_jullie
        sinds_de_montage na_de_montage na_de_installatie sinds_de_installatie na_de_aansluiting
        na_het_aansluiten jullie_graver graafmachine jullie_monteur uw_monteur jullie_ploeg uw_technieker
        jullie_jongens uw_mensen your_crew your_technician your_electrician your_guy your_work since_your
        depuis_votre depuis_vos ihr_monteur nach_der seit_ihr seit_der sinds_de_monteur vos_travaux
        votre_technicien your_lads your_team""",
    # Standing of the facts
    "past": """vorig_jaar vorige_keer destijds vroeger in_het_verleden jaren_geleden last_year letztes_jahr
        ooit eerder_dit_jaar vorige_winter vorige_zomer l_an_dernier in_vorig een_jaar_geleden previously""",
    "resolved": """opgelost verholpen gerepareerd afgehandeld solved fixed resolved repare* behoben
        naar_tevredenheid goed_afgelopen hersteld weer_goed al_gemaakt is_vervangen loos_alarm afgerond
        netjes keurig geregeld klopt prima naar_wens is_goed in_orde betaald_hoor is_betaald""",
    "hypothetical": """kan_dat_kwaad kan_hij_tegen tegen_de_regen in_de_regen mag_dat ooit zou_komen
        is_het_gevaarlijk is_dat_gevaarlijk als indien stel kans risico* brandgevaar* brandrisico* voorkomen
        voorkom gelezen las krant nieuws wat_als zou_kunnen mocht zorgen what_if lees hoorde verhalen
        berichten""",
    "fire_safety": """brandveilig* rookmeld* rookdetect* brandmeld* brandalarm* brandoefening* sprinkler*
        brandblus* blusmiddel* blusser* brandwer* brandgang brandcompart* fire_safety fire_alarm
        feuersicher* brandschutz* ontruiming* ontruimingsoefening rookvrij* brandschade brandverzeker* bhv*
        brandplan brandveiligheid securite_incendie brandpreventie detectie noodstop noodknop bhv
        veiligheidseis* veiligheidsplan fire_drill smoke_detector* smoke_alarm""",
    "calm": """geen_noodgeval geen_haast geen_paniek geen_spoed niet_dringend niet_urgent niks_aan_de_hand
        niets_aan_de_hand not_an_emergency no_emergency kein_notfall pas_urgent not_urgent no_rush no_panic
        niet_schrikken is_dat_normaal is_het_normaal hoort_dat geen_gevaar nicht_dringend nothing_urgent
        rien_de_grave geen_brand geen_rook niet_erg niet_heet""",
    "figurative": """schokkend* brandend_actueel hot_offer hot_deal hot_topic vuur_en_vlam ontplof
        vuurtje_aan haha :) grapje lol knaller topdeal warm_hart warm_aanbevolen warmtepomp* nagelkauwen
        schrok geschrokken""",
    "signal_light": """lamp lampje lampjes led leds ledje ledring knipper* blink* voyant* licht lichtje
        lichtjes groen groene rood rode blauw blauwe oranje geel gele paars wit witte green red blue orange
        yellow purple rot rote grun blau rouge verte vert bleu display scherm schermpje screen ecran
        lichtring""",
    # Support
    "fault": """storing* defect defecte kapot kapotte stuk stukke fout foutje fouten foutcode* foutmelding*
        error* hapert haperen hapering* panne fehler* storung* stoerung* fault faults faulty broken dead
        dood problem* probleem problemen malfunction* probleme melding bug crasht crash vastloper
        vastgelopen hangt loopt_vast dienst_weigert raar vreemd storen stoort kaputt defekt ausgefallen hs""",
    "fails": """doet_het_niet doet_t_niet doet_het_ni doet_niets doet_niks doet_ie_niks doet_hij_niks
        werkt_niet werkt_ni werkt_niet_meer laadt_niet laad_niet not_working not_charging doesn_t_work
        won_t_start reageert_niet reageert_nergens start_niet funktioniert_nicht ladt_nicht laedt_nicht
        ne_charge_plus ne_fonctionne_plus ne_marche_plus geht_nicht gebeurt_niets gebeurt_niks lukt_niet
        lukt_me_niet does_nothing stops_charging stopt_met laadt_niet_meer doet_niets_meer doet_ie_niet
        kan_niet_laden niet_opgeladen niet_geladen valt_weg valt_uit vallen_weg geen_verbinding niet_herkend
        wordt_geweigerd nicht_erkannt not_recognised not_recognized pas_reconnu will_not no_response
        reageert_niet_meer keeps_dropping start_niet_meer doet_raar weigert weigeren geweigerd geweigerde
        refuses declined rejected""",
    "charging": """laden laadt laad laadde opladen oplaadt opgeladen geladen laadsessie* sessie sessies
        charging charge charges charged session sessions lader_laadt ladt laedt ladevorgang* recharge
        recharger aufladen laadsnelheid laadproces laadbeurt*""",
    "charger": """laadpaal* paal palen paaltje lader laders laadpunt* laadstation* laaddoos wallbox* charger
        chargers borne bornes ladestation* ladesaule* laadplein* oplader laadzuil* chargepoint* laadinfra*
        charge_point charge_points charging_point charging_station wall_box walbox thuislader* autolader*
        wandlader* laadpalen ladepunkt* snellader*""",
    "make": """alfen easee zaptec peblar pulsar icu evbox abb keba wallbe shell ocpp tibber enphase
        solaredge myenergi zappi""",
    "card": """laadpas* pas pasje pasjes passen druppel* tag tags rfid badge badges kaart kaartje kaarten
        laadkaart* sleutelhanger* card cards ladekarte* fob fobs laaddruppel keycard pasjeslezer kaartlezer
        gastpas pasnummer""",
    "app": """app apps applicatie appli application inlog* inloggen login inlogg* wachtwoord* password*
        portaal portal platform dashboard menu instelling* instellen ingesteld settings setting update
        updaten updates firmware software bluetooth android iphone ios pincode qr passwort einstell*
        mot_de_passe parametre* resetmail pushbericht* notificatie* einloggen mise_a_jour versie""",
    "network": """wifi wlan router modem netwerk internet internetbox verbinding* verbinden verbonden
        offline online koppel koppelen gekoppeld koppeling ethernet utp 4g simkaart connect connected
        connection connecter verbindung* verbinde signaal hotspot provider ziggo kpn proximus telenet
        communicatie*""",
    "how_to": """hoe how comment wie_kann wie_kann_ich handleiding uitleg manual how_do how_can hoe_kan
        hoe_stel hoe_zet hoe_werkt hoe_maak hoe_krijg waar_vind mode_d_emploi anleitung instructie*
        wie_verbinde""",
    "reset": """reset resetten herstart* herstarten reboot opnieuw_opstarten restart uitlezen op_afstand
        vanop_afstand remotely fabrieksinstelling*""",
    "slow": """traag trager langzaam langzamer sloom snelheid ampere amp fase fasen vermogen slow slowly
        langsam lent lentement kw half_vol duurt_eeuwen slower phase phases 11kw 7kw 22kw""",
    "smart": """load_balancing loadbalancing balancing lastverdeling dynamisch dynamische smart_charging
        slim_laden zonnestroom zonne* solar surplus overschot p1 schema tijdslot daltarief daluren eco
        eco_modus boost uitstellen_tot nachttarief plug_charge sturing home_assistant""",
    "warranty": "garantie* waarborg warranty guarantee gewahrleistung",
    "complaint": """klacht* klagen ontevreden teleurgesteld* teleurstell* belachelijk schandalig* complain*
        beschwer* mecontent* helpdesk in_de_wacht terugbel* terugbellen teruggebeld slechte_service
        waardeloos onacceptabel unacceptable disappointed woedend boos kastje_naar belofte nazorg
        poor_service razend gek_van""",
    "trips": """aardlek* zekering* stoppen automaat kortsluit* differentieel slaat_eruit springt fuse trips
        tripped breaker disjoncteur sicherung* fi_schalter groep_uit stoppen_slaan hoofdzekering* uitslaat
        klapt_eruit ligt_eruit slaan_door kurzschluss court_circuit short_circuit""",
    "plug_stuck": """laat_niet_los niet_loslaten geeft_hem_niet_vrij geeft_niet_vrij vergrendeld op_slot
        niet_vrij geklonken verankerd hangen_allemaal_vast hangt_allemaal_vast won_t_release won_t_let_go
        zit_op_slot laat_los niet_meer_los klemt niet_eruit niet_uit_de_auto krijg_m_niet_los
        krijg_hem_niet_los er_niet_uit_krijg laat_de_stekker loskoppelen losgekoppeld losmaken ontgrendel*
        niet_los komt_niet_los zit_vast_in muurvast vast_in_de_auto bloque* release unlock locked entriegel*
        blijft_steken vastzit hangt_vast hangen_vast auto_zit_vast kabel_zit_vast steckt_fest sitzt_fest
        debloqu* coince* stecker_zit_vast zit_vast_aan can_t_unplug krijg_hem_er_niet_uit verriegelt""",
    "must_leave": """verloskundige trouwerij trouwauto bruiloft rechtbank huisarts spoedpost trein boot
        veerboot ambulance weeen sollicitatie dienst over_tien_minuten over_een_kwartier over_een_half
        binnen_tien_minuten moet_zo_weg kom_te_laat train_to_catch ferry zug wedding funeral interview shift
        vlucht schiphol vliegveld luchthaven airport flight vertrekken moet_weg ziekenhuis flughafen
        aeroport begrafenis examen half_uur kwartier zo_weg dienst_begint must_leave need_to_leave hopital
        krankenhaus hospital moet_nu_weg binnen_een_uur over_een_uur in_an_hour""",
    "part": """onderdelen onderdeel reserveonderdelen beugel muurbeugel houder kabelhouder ventilator kabel
        kabeltje stekker connector contactdoos stopcontact klep deksel slot slotje knop knopje socket plug
        stecker prise adapter serienummer serial""",
    # Sales
    "quote": """offerte* prijsopga* prijsopgave* bestek raming voorstel voorstellen prijsindicatie*
        begroting angebot* devis quote quotes quotation* proposal proposals offre offertebedrag
        prijsofferte* aanbieding* aanbod aanvraag kostenvoranschlag pakketprijs raamvoorstel""",
    "price": """ben_ik_kwijt wat_ben_ik kwijt eronder waar_voor_mijn_geld rekenen_jullie vragen_jullie
        wat_rekenen wat_vragen hoeveel_moet how_expensive was_kostet tarif tarifs prijs prijzen prijsje kost
        tarief tarieven price prices pricing kostet prix coute coutent combien prijskaartje prijslijst duur
        duurder goedkoop goedkoper goedkoopste korting budget hoeveel_kost wat_kost wat_kosten how_much
        discount rabatt preis preise meerprijs investering investeren vrijblijvend cout couts all_in
        termijnen cheaper cheap gunstig betaalbaar staffelkorting kosten_we""",
    "buy": """switchen overstap voor_jullie_kiezen kiezen_voor eentje_van_jullie er_ook_een
        wat_moet_ik_doen_om ja_zeg gelijk_bestellen besteld_worden welke_past kopen koop koopt aanschaf*
        bestellen bestel buy buying purchase acheter achat kaufen huren leasen interesse geinteresseerd
        op_zoek_naar zoek zoeken vergelijk* overweg* orienter* kiezen kiest keuze interested considering
        looking_for interessier* envisage* twijfel twijfelen welke_lader welke_paal which_charger
        welche_wallbox quelle_borne passen_bij aanvragen wil_graag_een laten_plaatsen leverbaar leveren
        levertijd verkopen beslissen overstappen voorzien inkopen lieferzeit delai commande commander
        ordering order_now showroom inruil* ingeruild uitbreiden uitbreiding bestell* tweede_paal
        tweede_lader tweede_laadpunt nog_een_paal erbij acties actie""",
    "advice": """advies adviseren adviseert adviseur aanraden raadt raden raden_jullie mogelijkheden
        mogelijk opties optie recommend* empfehl* conseill* advise informatie info brochure folder
        information beraten beratung suggest oplossing laadoplossing verschil aanpak kennismaken meedenken""",
    "subsidy": """subsidie* premie premies grant grants subsidy subsidies forderung foerderung prime primes
        regeling sprila isde rvo bijdrage stimulering*""",
    "association": """vve syndicus syndic bestuur appartement* bewoner* mede_eigenaar* alv copropriete*
        apartment* hoa parkeergarage* parkeerkelder* stallingsgarage vereniging landlord verhuurder
        huiseigenaar complex""",
    "new_car": """tesla volkswagen skoda kia hyundai polestar renault bmw audi volvo dacia peugeot
        elektrische_auto elektrische_wagen elektrisch_rijden electric_car voiture_electrique elektroauto
        leaseauto lease_auto leasewagen nieuwe_auto bedrijfswagen nieuwe_wagen ev byd nissan""",
    "business": """bedrijf zakelijk kantoor wagenpark fleet hotel camping restaurant praktijk firma bv
        gemeente parkeerplaatsen parkeerplekken bestelbussen office company medewerkers personeel sportclub
        locaties winkel stichting hotels terrein distributiecentrum""",
    "house": """oprit rijtjeshuis hoekwoning carport vrijstaand nieuwbouw woning huis tussenwoning
        zonnepanelen gevel groepenkast_in""",
    "accept": """akkoord tekenen teken onderteken* accept akzeptieren unterschrift signer signeren
        gaan_we_voor""",
    # Administration
    "invoice": """factuur* facturen factura* gefactureerd factureren facturatie rekening rekeningen nota
        notas bon bonnetje invoice* bill bills billing rechnung* facture factures kassabon afrekening*
        jaarnota eindafrekening beleg belege""",
    "pay": """overboeking overboeken overgeboekt te_betalen doorstorten storten gestort pinnen tikkie
        betaalverzoek betaal betaald betalen betaling* voldaan voldoen overgemaakt overmaken overschrijven
        pay paid payment payments bezahlt zahlung* paye paiement payer betaallink betaaltermijn aanbetaling*
        bezahlen ideal""",
    "refund": """terugstort* terugbetal* terugbetaald restitutie creditnota* credit crediteren gecrediteerd
        refund* erstatt* rembours* geld_terug gutschrift tegoed teruggave teruggestort retourneren
        terugkrijg* te_veel_betaald""",
    "reimburse": """vergoed* vergoeding* verreken* declar* thuislaad* laadkosten stroomkosten werkgever baas
        employer* reimburs* arbeitgeber employeur split_billing uitbetal* uitbetaald payout laadvergoeding
        stroomvergoeding""",
    "bank": """bankpas saldo teruggeboekt incasseren rekeningafschrift iban rekeningnummer* bankrekening*
        incasso* domicili* machtiging* sepa bank afgeschreven afschrijving* debit konto compte_bancaire
        numero_de_compte bankgegevens bankverbindung bank_account bank_details geincasseerd gestorneerd
        afgehouden prelev* lastschrift abgebucht afschrift dubbel_afgeschreven""",
    "vat": """btw vat tva umsatzsteuer mwst kvk btw_nummer ondernemingsnummer peppol ubl inkooporder*
        ordernummer po kostenplaats btw_percentage""",
    "contract": """notaris ondertekend ondertekende getekende uit_elkaar gescheiden scheiding stopt_als_ik
        opzeg contract* abonnement* opzeg* opgezegd opzeggen vertrag* contrat* subscription* kundig*
        kuendig* resili* overeenkomst* looptijd tenaamstelling op_naam stopzetten agreement notice_period
        beheerpakket op_mijn_naam terminate verlengd opzegtermijn""",
    "address": """adres emailadres emailadressen klantnummer telefoonnummer stammdaten gegevens_aanpassen
        adreswijziging* verhuisd verhuizen verhuizing verhuis moved anschrift umgezogen demenag* adresse
        correspondentieadres e_mailadres mailadres zetel address gegevens_wijzigen""",
    "privacy": """avg gdpr privacy* persoonsgegevens dsgvo rgpd datalek* verwijder* inzage vergetelheid
        persoonlijke_gegevens personal_data personal_information donnees_personnelles personliche*
        verwerkersovereenkomst gegevensbescherming reclame* uitschrijv* newsletter nieuwsbrief mailing_list
        reclamemails afmelden afgemeld toestemming bewaartermijn* delete_my wissen""",
    "certificate": """certifica* keuringsrapport* attest* keuringsverslag* keuringsattest opleverdocument*
        opleverrapport* bewijs betaalbewijs verklaring conformiteit* inspectierapport* kopie copy copie
        duplicaat certifikat* zertifikat* jaaroverzicht overzicht statement""",
    "dunning": """aanmaning* herinnering* betalingsherinnering* incassobureau* deurwaarder* mahnung*
        payment_reminder rappel relance incassokosten wanbetal*""",
    "bookkeeping": """boekhoud* accountant* administratie crediteuren* controller* debiteuren*
        accounts_payable comptable buchhaltung penningmeester erp jaarrekening boekjaar belasting* fiscaal
        aftrek investeringsaftrek accounts""",
    "amount": """charged_twice billed billed_twice owe owed verschuldigd openstaand openstaande bedrag
        bedragen euro eur euros amount montant betrag posten specificatie meerwerk voorrijkosten maandbedrag
        servicekosten servicekost verrekend""",
    # Operations
    "appointment": """afspraak afspraken termin termine rendez_vous rendez appointment appointments tijdstip
        tijdvak dagdeel slot_tijd bezoek visit intervention datumvoorstel besuch""",
    "technician": """monteur monteurs installateur* technieker* technicus technici technician* engineer*
        elektricien* electricien* ploeg ouvriers techniker* crew mannen jongens vakman vakmensen
        electrician* installer* ploegen onderaannemer uitvoerder projectleider graafploeg werklui
        elektriker* equipe technicien* heren""",
    "day": """maandag* dinsdag* woensdag* donderdag* vrijdag* zaterdag* zondag* morgen vandaag ochtend
        middag voormiddag namiddag overmorgen monday tuesday wednesday thursday friday saturday tomorrow
        today morning afternoon montag dienstag mittwoch donnerstag freitag heute vormittag nachmittag lundi
        mardi mercredi jeudi vendredi demain matin week weken januari februari maart april mei juni juli
        augustus september oktober november december uur uurtje agenda datum date weekend""",
    "when": """wanneer hoe_laat when wann quand what_time a_quelle_heure welke_dag welke_datum which_week
        welke_week op_welke_dag hoe_lang""",
    "reschedule": """verzetten verzet verplaatsen verplaatst verschuiven verschoven uitstellen uitstel
        opschuiven annuleren annulering annuleer geannuleerd afzeggen afgezegd reschedule* postpone* cancel
        cancelled canceled verschieben absagen reporter repousser deplacer annuler vervroegen verlaten
        andere_dag andere_datum nieuwe_datum nieuwe_afspraak nieuwe_dag another_date another_day week_later
        dag_eerder niet_door gaat_niet_door komt_niet_uit schuift niet_uit call_off afspraak_verzetten""",
    "cancellation": """annul* geannuleerd afzeg* afgezeg* cancel* storn* absag* opzeg* opgezegd kundig*
        resili* afbestel* call_off intrekken ingetrokken vervallen beeindig* stopzetten abgesagt""",
    "arrive": """staan_jullie busje achterom staat_voor zijn_ze_er zijn_jullie_er kom_maar is_er_iemand
        waar_blijven voor_de_deur koffietijd komt komen langs langskomen langsgekomen arriver arrive arrives
        kommt kommen vient viennent opdagen opgedaagd onderweg gekomen geweest verwachten verwacht showed
        turn_up niemand nobody personne niemand_geweest niemand_gezien coming gekommen venu revienn*
        terugkomen terug_komen bellen_voor""",
    "access": """nachtdienst vakantie spanje niet_bereikbaar schutting hek_open sleutelkastje berging nummer
        huisnummer thuis niet_thuis aanwezig deur sleutel toegang poort slagboom portier conciergehuis
        access key gate parkeren receptie huismeester parkeer hond aanbellen binnenlaten schacht zugang
        portail gardien einfahrt at_home someone_home bus scaffolding steiger voordeur achterdeur voisins
        nachbarn nachbar buren buurman buurvrouw klop sleutelkluis parkeerplek hek code_van toegangscode
        camera klingel schlussel cle""",
    "install": """installatie* plaatsen plaatsing geplaatst installeren geinstalleerd aanleg aanleggen
        installation* installed install montage monteren gemonteerd inplannen ingepland planning plannen
        gepland schouw werkzaamheden werken einbau* einbauen neergezet neerzetten rechtgezet rechtzetten
        linkermuur muur left_wall ophangen opgehangen oplevering pose raccordee installiert chantier""",
    "dig": """graaf* graven gegraven sleuf sleuven tegels tegel bestrating stoep stoeptegels trench* digging
        graben tranchee* tuin voortuin gazon klinkers zand straatwerk pflaster* grondwerk voetpad fundering
        boren boor gat drilling hole loch wand_open klic""",
    "unfinished": """laatste_hand niet_af_is niet_gereed gruis puin rommel stof emmers gereedschap
        liggen_laten laten_liggen boor_staat verkeerde_muur verkeerde_plek left_without weggegaan weggereden
        afmaken afgemaakt niet_af maakt_dat_af unfinished terugkomen nog_open dichtmaken restpunt* half_af
        niet_afgemaakt niet_klaar finish finished_the without_finishing sans_terminer nicht_fertig
        niet_dichtgemaakt nog_niet_aangesloten afwerken afwerking vergeten not_finished herstellen halve
        achtergelaten opruimen""",
    "meter_cupboard": """meterkast* groepenkast* zekeringskast* verdeelkast* fuse_box meter_cupboard
        zahlerschrank* sicherungskasten tableau_electrique hoofdschakelaar zekeringenkast schakelkast""",
    "late": """te_laat verlaat late niet_gekomen niet_opgedaagd gewacht wachten waiting wacht attendu
        gewartet retard""",
    # Turns of phrase
    "not_about": """gaat_het_niet_om gaat_niet_om los_van afgezien_van niet_over daar_niet_van
        geen_vraag_over geen_klacht not_about apart_from abgesehen_von iets_anders something_else
        geen_klachten""",
    "wish": """graag wil willen zou would like mochte moechte voudrais wens wensen gelieve please bitte svp
        aub""",
    "thanks": "bedankt dank dankjewel thanks thank merci danke compliment* tevreden blij top",
}
